import { describe, expect, it } from 'vitest';
import { signedScale } from '../../src/plot/signed_scale.ts';
import { drawFoot, drawStems, stemsRange } from '../../src/plot/stems.ts';
import { lineWidth, toPlain } from '../../src/plot/text.ts';
import { gutter } from '../../src/plot/value_axis.ts';

const base = { width: gutter + 6, height: 2, glyphs: 'unicode', pitch: 2, held: [[-1, 1]] } as const;
const ticks = (...values: number[]) => ({ values, role: 'training' as const });
const cells = (options: Partial<Parameters<typeof drawStems>[0]>) =>
  toPlain(drawStems({ ...base, stems: [], right: ticks(), left: ticks(), far: ticks(), ...options }))
    .split('\n')
    .map((row) => row.slice(gutter));

describe('stems', () => {
  it('reach from zero to their value, up and down, one position an entry', () => {
    // Eight rows of dots from 1 down to −1: zero lies at the fifth; each stem is the right column of its first cell, the
    // zero line the left one of the others.
    expect(cells({ stems: [1, -1, 0] })).toEqual(['⢸     ', '⠈⠁⢸⠁⠈⠁']);
  });

  it.each([2, 3, 4])('shows the four values of an entry by position alone, %i cells an entry', (pitch) => {
    const ends = [1, -1];
    const drawn = (left: number, right: number, far: number) =>
      cells({ pitch, stems: [1], left: ticks(left), right: ticks(right), far: ticks(far) });
    const views = ends.flatMap((left) =>
      ends.flatMap((right) => ends.map((far) => drawn(left, right, far).join('\n'))),
    );
    expect(new Set(views).size).toBe(8);
    // Where all agree with the label, they meet the end of its stem in the top row.
    expect([...drawn(1, 1, 1)[0]!].slice(0, 2)).toEqual(['⢹', pitch < 3 ? '⠉' : '▀']);
  });

  it('draws bars where there is room, as wide as the room for them, with the four values still told apart', () => {
    const wide = { width: gutter + 12, pitch: 12, height: 4 };
    const marks = { stems: [1], left: ticks(-1), right: ticks(0.5), far: ticks(1) };
    expect(cells({ ...wide, ...marks })).toEqual([' ████    ⠉  ', ' ████▀▀▀▀   ', '⠁⠁⠁⠁⠁⠁⠁⠁⠁⠁⠁⠁', '⣀           ']);
    expect(cells({ ...wide, stems: [-1] })).toEqual(['            ', '            ', '⠁████⠁⠁⠁⠁⠁⠁⠁', ' ████       ']);
    expect(cells({ ...wide, stems: [Number.NaN] }).join('')).not.toMatch(/[▀▄█]/);
    expect(cells({ ...wide, ...marks, glyphs: 'ascii' })[1]).toBe(' ||||****   ');
  });

  it('draws no mark for what is not there, and has exactly the size asked for', () => {
    const lines = drawStems({
      ...base,
      stems: [0.5, Number.NaN],
      right: ticks(),
      left: ticks(Number.NaN),
      far: ticks(),
    });
    expect(lines.map(lineWidth)).toEqual([base.width, base.width]);
    const marks = { right: ticks(0.9), left: ticks(-1), far: ticks(-1) };
    const ascii = toPlain(drawStems({ ...base, glyphs: 'ascii', pitch: 3, stems: [1], ...marks }));
    for (const symbol of ['|', '*', '.', ',']) expect(ascii).toContain(symbol);
  });

  it('has ends that hold zero and every value', () => {
    const [low, high] = stemsRange(12, [[0.2, 0.9], [-1.7]]);
    expect([low <= -1.7, high >= 0.9]).toEqual([true, true]);
    expect(stemsRange(12, [[2, 3]])[0]).toBe(0);
    expect(stemsRange(12, [])).toEqual([0, 1]);
  });

  it('names both sides of the boundary where there is room', () => {
    const foot = (before: number) =>
      toPlain([drawFoot({ width: gutter + 30, pitch: 1, count: 30, before, words: ['given', 'query'] })]);
    expect(foot(10)).toMatch(/└─* given ─*┊─* query ─*$/);
    expect(foot(10).indexOf('┊')).toBe(gutter + 10);
    expect(foot(40)).not.toContain('query');
    expect(foot(-5)).not.toContain('given');
    for (const before of [-5, 0, 3, 10, 30, 40]) expect(foot(before)).toHaveLength(gutter + 30);
  });
});

describe('the end of a signed scale', () => {
  it('is a round number that only the given share of entries exceeds, whatever their sign', () => {
    const values = Array.from({ length: 100 }, (_, index) => (index % 2 ? -1 : 1) * 0.3);
    expect(signedScale([values])).toBe(0.5);
    expect(signedScale([[...values.slice(0, 97), 40, -40, 40]])).toBe(50);
    expect(signedScale([[...values.slice(0, 97), 40, -40, 40]], 0.04)).toBe(0.5);
    expect(signedScale([values, [...values, ...values].map((value) => 10 * value)])).toBe(5);
    expect(signedScale([[0, 0]])).toBe(1);
    expect(signedScale([])).toBe(1);
    expect(signedScale([[Number.NaN, 2e-7]])).toBe(2e-7);
  });
});
