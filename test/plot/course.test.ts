import { describe, expect, it } from 'vitest';
import { Series } from '../../src/core/series.ts';
import { type ChartOptions, describeChart, plotChart } from '../../src/plot/chart.ts';
import { toPlain } from '../../src/plot/text.ts';

const steps = 800;

function chartOf(value: (step: number) => number): ChartOptions {
  const curve = new Series();
  for (let step = 0; step <= steps; step++) curve.push(step, value(step));
  return {
    width: 88,
    height: 22,
    series: [{ label: 'loss', role: 'training', view: curve.view() }],
    legend: false,
    x: { from: 0, to: steps, scale: 'linear' },
    y: { scale: 'log', from: 1e-4, to: 1 },
  };
}

/** Rows of text in which a curve of full weight is drawn, column by column. */
function rowsOfLine(options: ChartOptions): number[][] {
  const found: number[][] = [];
  for (const [row, line] of plotChart(options).lines.slice(0, 20).entries()) {
    let column = 0;
    for (const { text, style } of line) {
      for (const symbol of text) {
        const isLine = style?.fg === 'training' && !style.dim && symbol > '⠀' && symbol <= '⣿';
        if (isLine) found[column] = [...(found[column] ?? []), row];
        column++;
      }
    }
  }
  return found;
}

/** Evenly spread over (0, 1), and the same for everyone. */
const chance = (step: number) => (step * 0.618034) % 1;

describe('a curve that jumps about in one place', () => {
  const noisy = chartOf((step) => 0.01 * 10 ** (2 * chance(step) - 1));

  it('is a line through its middle, one row high, and what it jumps over is dotted', () => {
    const { lines, jumps } = plotChart(noisy);
    expect(jumps).toBe(true);
    const rows = rowsOfLine(noisy).slice(12, 80);
    for (const column of rows) expect(column.length).toBeLessThanOrEqual(2);
    // Half of the values lie above 0.01, which is in the middle of the four decades.
    for (const column of rows) for (const row of column) expect(Math.abs(row - 9.5)).toBeLessThanOrEqual(2);
    const dotted = lines.slice(0, 20).filter((line) => line.some(({ style }) => style?.fg === 'training' && style.dim));
    // From 0.001 to 0.1: two of the four decades.
    expect(dotted.length).toBeGreaterThanOrEqual(9);
    expect(dotted.length).toBeLessThanOrEqual(12);
    expect(toPlain(lines.slice(0, 20))).not.toContain('⣿⣿');
  });

  it('is said to be drawn so, as fully as there is room', () => {
    expect(describeChart(noisy, true)).toBe('log y · line: median, dots: min–max');
    expect(describeChart(noisy, true, 26)).toBe('log y · median, min–max');
    expect(describeChart(noisy, false)).toBe('log y');
  });
});

describe('a curve that gets on, or leaps once', () => {
  it.each([
    ['falls smoothly', (step: number) => 10 ** (-4 * (step / steps))],
    ['falls at once', (step: number) => (step < 400 ? 0.5 : 0.001)],
    ['rises and falls', (step: number) => 10 ** (-4 * Math.min(1, Math.abs(step - 60) / 60))],
    ['has one spike', (step: number) => (step === 400 ? 0.9 : 0.001)],
    ['has few spikes', (step: number) => (step % 200 === 100 ? 0.9 : 0.001)],
  ])('is drawn as it is where it %s', (_, value) => {
    const { lines, jumps } = plotChart(chartOf(value));
    expect(jumps).toBe(false);
    expect(lines.flat().filter(({ style }) => style?.dim)).toEqual([]);
  });
});
