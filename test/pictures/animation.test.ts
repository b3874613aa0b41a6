import { Resvg } from '@resvg/resvg-js';
import { expect, it } from 'vitest';
import type { SeenCell } from '../../src/plot/screen_glyphs.ts';
import { screenSvg } from '../../src/plot/screen_svg.ts';
import { seenCells } from '../../src/plot/seen_cells.ts';
import { span } from '../../src/plot/text.ts';
import { animationOf } from './animate.ts';

const frame = (...rows: readonly string[]): SeenCell[][] =>
  rows.map((row) => seenCells([span(row, { fg: 'training' })], 'dark'));
const frames = [frame('⣿▀ ─', 'ab12'), frame('⣿█ ─', 'ab12'), frame('⡇▀ ─', '  13'), frame('⣿▀ ─', 'ab13')];
const svg = animationOf(frames, 6);

/** The picture at a share of the time, as a browser that knows keyframes shows it. */
function stillAt(percent: number): string {
  const shown = new Map(
    [...svg.matchAll(/@keyframes (\w+)\{(.*?\})\}/g)].map(([, name, steps]) => {
      const keys = [...steps!.matchAll(/([\d.]+)%\{visibility:(\w+)\}/g)].map(
        ([, at, value]) => [Number(at), value] as const,
      );
      return [name!, keys.findLast(([at]) => at <= percent)![1]!];
    }),
  );
  return svg.replace(
    /<g class="(\w+)"( visibility="hidden")?>/g,
    (_, name: string) => `<g visibility="${shown.get(name)}">`,
  );
}

/** The largest difference of a channel between two pictures: letters of one word and of two are smoothed a little differently. */
function difference(a: string, b: string): number {
  const [left, right] = [new Resvg(a).render().pixels, new Resvg(b).render().pixels];
  return left.reduce((most, value, index) => Math.max(most, Math.abs(value - right[index]!)), 0);
}

const tolerance = 32;

it('shows each frame in its time, and the last one longest', () => {
  // Three frames of a sixth of the time each, then the last.
  const times = [
    [0, 16],
    [17, 32],
    [34, 49],
    [51, 99],
  ];
  for (const [index, percents] of times.entries()) {
    for (const percent of percents) {
      const still = stillAt(percent);
      const differences = frames.map((frame) => difference(still, screenSvg(frame)) > tolerance);
      expect([percent, differences]).toEqual([percent, frames.map((_, other) => other !== index)]);
    }
  }
});

it('shows the last frame where nothing plays it', () => {
  expect(difference(svg, screenSvg(frames[3]!))).toBeLessThanOrEqual(tolerance);
  expect(svg).toContain('prefers-reduced-motion');
});

it('draws what stays the same once', () => {
  expect(svg.match(/>ab</g)).toHaveLength(2);
  expect(svg.match(/M27 9h9/g)).toHaveLength(1);
});
