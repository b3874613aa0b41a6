import { describe, expect, it } from 'vitest';
import { toAnsi } from '../../src/plot/ansi.ts';
import { colourLevels, mapOn, unsignedMaps } from '../../src/plot/colourmap.ts';
import { drawHeatmap } from '../../src/plot/heatmap.ts';
import { colours16, colours256 } from '../../src/plot/palette.ts';
import { type ColourDepth, type ThemeName, themes } from '../../src/plot/style.ts';
import { toPlain } from '../../src/plot/text.ts';

/** CIE L* from the relative luminance of sRGB as WCAG 2.2 defines it. */
function lightness(rgb: number): number {
  const [red, green, blue] = [16, 8, 0].map((shift) => {
    const channel = ((rgb >> shift) & 255) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  return luminance <= 216 / 24389 ? (luminance * 24389) / 27 : 116 * Math.cbrt(luminance) - 16;
}

/** How much of a cell a symbol inks. */
const inked: Readonly<Record<string, number>> = { ' ': 0, '·': 0.05, '░': 0.25, '▒': 0.5, '▓': 0.75, '█': 1 };

/** What a terminal shows for a level: how light it is, and its colour where that is one of its own. */
interface Shown {
  readonly lightness: number;
  readonly rgb?: number;
}

/** Every level of a map as a terminal shows it, from zero up. */
function shownOn(theme: ThemeName, depth: ColourDepth, colourMap: (typeof unsignedMaps)[number]): Shown[] {
  const glyphs = depth === 'truecolor' || depth === '256' ? 'ascii' : 'unicode';
  const look = { width: 1, height: 1, min: 0, max: 1, map: mapOn({ theme, colourMap }), depth, glyphs } as const;
  const paper = lightness(themes[theme].background);
  // Cell by cell: neighbours of one colour are drawn as one.
  return Array.from({ length: colourLevels }, (_, level): Shown => {
    const data = Float32Array.of(level / (colourLevels - 1));
    const drawn = drawHeatmap({ rows: 1, columns: 1, data }, look);
    const sent = toAnsi(drawn, { depth, theme });
    const [, channels] = /48;2;([\d;]+)m/.exec(sent) ?? [];
    const [, number] = /48;5;(\d+)m/.exec(sent) ?? [];
    const rgb =
      channels?.split(';').reduce((sum, one) => 256 * sum + Number(one), 0) ?? colours256[Number(number) - 16];
    if (rgb !== undefined) return { rgb, lightness: lightness(rgb) };
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what is sent to a terminal.
    const [, code] = /\x1b\[(\d+)m/.exec(sent) ?? [];
    const ink = code ? lightness(colours16[Number(code) >= 90 ? Number(code) - 82 : Number(code) - 30]!) : 100 - paper;
    return { lightness: paper + inked[toPlain(drawn)]! * (ink - paper) };
  });
}

/** The largest difference in a channel. */
const apart = (a: number, b: number): number =>
  Math.max(...[16, 8, 0].map((shift) => Math.abs(((a >> shift) & 255) - ((b >> shift) & 255))));

const looks = (['dark', 'light'] as const).flatMap((theme) =>
  (['truecolor', '256', '16', 'none'] as const).flatMap((depth) =>
    unsignedMaps.map((colourMap) => ({ theme, depth, colourMap })),
  ),
);
/** Colours, or shades of them, that a depth tells apart at least, and the lightness that lies between its ends at least. */
const told = {
  truecolor: { steps: colourLevels, range: 55 },
  '256': { steps: 10, range: 55 },
  '16': { steps: 7, range: 50 },
  none: { steps: 5, range: 50 },
};

describe('what attention is coloured by', () => {
  it.each(looks)('goes one way, step by step: $theme, $depth, $colourMap', ({ theme, depth, colourMap }) => {
    const shown = shownOn(theme, depth, colourMap);
    const levels = shown.map((one) => one.lightness);
    const steps = levels.filter((level, at) => at === 0 || level !== levels[at - 1]);
    const direction = theme === 'dark' ? 1 : -1;
    expect(steps.slice(1).filter((level, at) => direction * (level - steps[at]!) <= 0)).toEqual([]);
    expect(steps.length).toBeGreaterThanOrEqual(told[depth].steps);
    expect(direction * (steps.at(-1)! - steps[0]!)).toBeGreaterThan(told[depth].range);
    // Zero stands back, yet is told from where there is nothing.
    const { background } = themes[theme];
    const [zero] = shown;
    expect(Math.abs(zero!.lightness - lightness(background))).toBeLessThan(25);
    if (zero!.rgb !== undefined) expect(apart(zero!.rgb, background)).toBeGreaterThanOrEqual(16);
  });

  it.each(['unicode', 'ascii'] as const)(
    'draws nothing where there is no entry, and something for zero: %s',
    (glyphs) => {
      for (const depth of ['16', 'none'] as const) {
        const matrix = { rows: 1, columns: 2, data: Float32Array.of(0, Number.NaN) };
        const drawn = drawHeatmap(matrix, { width: 2, height: 1, min: 0, max: 1, map: 'viridis', depth, glyphs });
        expect(toPlain(drawn)).toMatch(/^[^ ] $/);
      }
    },
  );
});
