import { expect, it } from 'vitest';
import { toAnsi } from '../../src/plot/ansi.ts';
import { colourLevels, colourMapNames, isSigned, mapColour } from '../../src/plot/colourmap.ts';
import { colours256, nearest256 } from '../../src/plot/palette.ts';
import { type Theme, type Token, themes } from '../../src/plot/style.ts';
import { span } from '../../src/plot/text.ts';

/** Relative luminance of an sRGB colour, as WCAG 2.2 defines it. */
function luminance(rgb: number): number {
  const [red, green, blue] = [16, 8, 0].map((shift) => {
    const channel = ((rgb >> shift) & 255) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: number, b: number): number {
  const [low, high] = [luminance(a), luminance(b)].sort((one, other) => one - other) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const weak: readonly Token[] = ['border'];
it.each(Object.entries(themes))('stands out from the background: %s', (_, { background, tokens }: Theme) => {
  const ratios = Object.entries(tokens).flatMap(([token, colour]) => {
    if (!colour) return [];
    const shades = [colour[0], colours256[nearest256(colour[0]) - 16]!];
    return [[token, Math.min(...shades.map((shade) => contrast(shade, background)))] as const];
  });
  expect(ratios.filter(([token, ratio]) => ratio < (weak.includes(token as Token) ? 3 : 4.5))).toEqual([]);
});

/** What stands in the rows of lists beside plain text: signs and curves, and words. */
const listed: Readonly<Record<string, number>> = {
  ...{ training: 3, in_domain: 3, out_of_domain: 3 },
  ...{ intervention: 4.5, alert: 4.5, focus: 4.5 },
};

it.each(Object.entries(themes))('stands out from a selected row: %s', (_, { selection, tokens }: Theme) => {
  const ground = colours256[nearest256(selection) - 16]!;
  const ratios = Object.keys(listed).map((token) => {
    const [rgb] = tokens[token as Token]!;
    return [token, Math.min(contrast(rgb, selection), contrast(colours256[nearest256(rgb) - 16]!, ground))] as const;
  });
  expect(ratios.filter(([token, ratio]) => ratio < listed[token]!)).toEqual([]);
});

/** What a terminal of 256 colours is sent for a map, from its lower to its upper end. */
const shownOf = (map: (typeof colourMapNames)[number]): number[] => {
  const levels = isSigned(map) ? colourLevels + 1 : colourLevels;
  return Array.from({ length: levels }, (_, level) => {
    const drawn = toAnsi([[span('x', { fg: mapColour(map, level / (levels - 1)) })]], { depth: '256' });
    return colours256[Number(/38;5;(\d+)m/.exec(drawn)![1]) - 16]!;
  });
};

it.each(colourMapNames)('grows steadily lighter or darker away from zero in 256 colours, and stays near: %s', (map) => {
  const shown = shownOf(map);
  const middle = (shown.length - 1) / 2;
  const sides = isSigned(map) ? [shown.slice(0, middle + 1).reverse(), shown.slice(middle)] : [shown];
  for (const side of sides) {
    const steps = side.filter((colour, at) => colour !== side[at - 1]).map(luminance);
    const direction = Math.sign(steps.at(-1)! - steps[0]!);
    expect(steps.slice(1).every((step, at) => direction * (step - steps[at]!) > 0)).toBe(true);
    expect(steps.length).toBeGreaterThanOrEqual(9);
  }
  // Order costs little: no level moves far from its own colour.
  const levels = shown.length - 1;
  const moved = shown.map((colour, level) => apart(colour, mapColour(map, level / levels)));
  expect(Math.max(...moved)).toBeLessThan(0.3);
});

/** Distance in sRGB, of at most 1. */
const apart = (a: number, b: number): number =>
  Math.hypot(...[16, 8, 0].map((shift) => ((a >> shift) & 255) - ((b >> shift) & 255))) / (255 * Math.sqrt(3));
