import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import type { SeenCell } from '../../src/plot/screen_glyphs.ts';
import { screenSvg } from '../../src/plot/screen_svg.ts';
import { seenCells } from '../../src/plot/seen_cells.ts';
import { span } from '../../src/plot/text.ts';

const plain: SeenCell = {
  symbol: ' ',
  foreground: undefined,
  background: undefined,
  bold: false,
  dim: false,
  inverse: false,
  underline: false,
  strike: false,
};
const red = 0xff0000;
const blue = 0x0000ff;
const paper = 0x121212;

/** Colour of the pixel at (x, y) of a picture of cells of 9 × 18 pixels. */
function painter(...rows: readonly (readonly Partial<SeenCell>[])[]) {
  const svg = screenSvg(rows.map((row) => row.map((cell) => ({ ...plain, ...cell }))));
  const { pixels, width } = new Resvg(svg, { font: { loadSystemFonts: false } }).render();
  return (x: number, y: number): number => pixels.readUIntBE(4 * (y * width + x), 3);
}

describe('a screen as SVG', () => {
  it('fills halves, eighths and whole cells with their colours', () => {
    const at = painter([
      { symbol: '▀', foreground: red, background: blue },
      { symbol: '█', foreground: red },
      { symbol: '▂', foreground: red },
      { symbol: ' ', background: blue },
      { symbol: ' ', background: blue, foreground: red, inverse: true },
    ]);
    expect([at(4, 4), at(4, 13)]).toEqual([red, blue]);
    expect([at(9, 0), at(17, 17)]).toEqual([red, red]);
    expect([at(22, 12), at(22, 15)]).toEqual([paper, red]);
    expect([at(27, 0), at(35, 17), at(40, 9)]).toEqual([blue, blue, red]);
  });

  it('puts the dots of braille on a grid, each in the place of its bit', () => {
    for (let bit = 0; bit < 8; bit++) {
      const at = painter([{ symbol: String.fromCodePoint(0x2800 + (1 << bit)), foreground: red }]);
      const lit = [0, 1, 2, 3].flatMap((row) =>
        [0, 1]
          .filter((column) => at(2 + 5 * column, 2 + Math.round(4.5 * row)) !== paper)
          .map((column) => [column, row]),
      );
      // As Unicode numbers them: 1 2 3 7 in the left column, 4 5 6 8 in the right.
      expect(lit).toEqual([
        [
          ...[
            [0, 0],
            [0, 1],
            [0, 2],
            [1, 0],
            [1, 1],
            [1, 2],
            [0, 3],
            [1, 3],
          ],
        ][bit],
      ]);
    }
  });

  it('joins lines across cells, and crosses out and underlines', () => {
    const at = painter(
      [{ symbol: '─' }, { symbol: '┐' }],
      [{ strike: true, foreground: red }, { symbol: '│' }],
      [{ underline: true, foreground: red }],
    );
    for (const x of [0, 4, 8, 9, 13]) expect([x, at(x, 9)]).not.toEqual([x, paper]);
    for (const y of [10, 17, 18, 35]) expect([y, at(13, y)]).not.toEqual([y, paper]);
    expect([at(17, 9), at(4, 27), at(4, 52), at(4, 20)]).toEqual([
      paper,
      expect.not.closeTo(paper),
      expect.not.closeTo(paper),
      paper,
    ]);
  });

  it('writes letters that stand side by side as one word as wide as its cells, and foreign text so that it is harmless', () => {
    const line = [span('loss '), span('<b>&\x1b', { fg: 'alert', bold: true }), span('层')];
    const svg = screenSvg([seenCells(line, 'dark')], 'dark', { title: 'a', facts: 'b', command: '</svg>\u202e' });
    expect(svg).toContain('textLength="36">loss</text>');
    expect(svg).toContain(
      '<g fill="#ff6b4a" font-weight="bold"><text x="45" y="14" textLength="36">&lt;b&gt;&amp;</text>',
    );
    expect(svg).toContain('&lt;/svg&gt;\ufffd');
    expect(svg.match(/<\/svg>/g)).toHaveLength(1);
    expect(svg).toMatch(/^<svg [^>]*width="108" height="113"/);
    // Nothing of it is fetched.
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/http|url\(|href/);
  });
});
