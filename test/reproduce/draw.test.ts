import { describe, expect, it } from 'vitest';
import type { Line } from '../../src/reproduce/draw/collect.ts';
import { chartPanel } from '../../src/reproduce/draw/panel.ts';
import type { PanelSpec } from '../../src/reproduce/recipe/schema.ts';

const box = { x: 0, y: 0, width: 560, height: 400 };
type Chart = Exclude<PanelSpec, { kind: 'heatmap' }>;
const axis = (label: string, more = {}) => ({ label, scale: 'linear' as const, ...more });
const panel = (x = {}, y = {}): Chart => ({
  kind: 'values',
  title: 't',
  x: axis('x', x),
  y: axis('y', y),
  marks: [],
  along: { 'model.heads': [1] },
  lines: [{ quantity: 1, label: 'l' }],
});
const line = (points: readonly [number, number][], isCurve = false): Line => ({
  label: 'l',
  seeds: [0],
  points: points.map(([x, value]) => ({ x, values: [value] })),
  isCurve,
});

/** Where signs stand, down from the top. */
const signs = (pieces: readonly string[]): number[] =>
  [...pieces.join('\n').matchAll(/<circle cx="[\d.]+" cy="([-\d.]+)"/g)].map((match) => Number(match[1]));

describe('a panel whose axis is given its ends', () => {
  it('has no sign of what lies beyond them, and cuts lines off at the frame', () => {
    const points = line([
      [1, 10],
      [2, 0.5],
      [3, -8],
    ]);
    const pieces = chartPanel(panel({}, { from: 0, to: 1 }), [points], box, 0);
    expect(signs(pieces)).toHaveLength(1);
    const clipped = pieces.find((piece) => piece.startsWith('<svg '));
    expect(clipped).toMatch(/^<svg x="72" y="40" width="472" height="308" viewBox="72 40 472 308">\n<path d="M/);
  });

  it('leaves out what lies before the start of its x axis, and makes no room for it', () => {
    const values: readonly [number, number][] = [
      [1, 1000],
      [2, 2],
      [3, 1],
    ];
    const [all, later] = [{}, { from: 2 }].map((x) => signs(chartPanel(panel(x), [line(values)], box, 0)));
    expect([all!.length, later!.length]).toEqual([3, 2]);
    // With 1000 in the picture, 2 and 1 lie on one another.
    expect(all![2]! - all![1]!).toBeLessThan(1);
    expect(later![1]! - later![0]!).toBeGreaterThan(100);
  });
});
