import { describe, expect, it } from 'vitest';
import { ExponentialAverage, mean, std, stderr } from '../../src/core/stats.ts';
import oracle from '../fixtures/stats.json' with { type: 'json' };

function relative(actual: number | null, expected: number | null): number {
  if (actual === null || expected === null) return actual === expected ? 0 : Number.POSITIVE_INFINITY;
  return Math.abs(actual - expected) / Math.abs(expected);
}

describe('summaries against exact fractions', () => {
  it.each(Object.entries(oracle.summaries))('%s', (_, summary) => {
    const values = Float64Array.from(summary.values.data);
    expect(relative(mean(values), summary.mean)).toBeLessThan(1e-12);
    expect(relative(std(values), summary.std)).toBeLessThan(1e-9);
    expect(relative(stderr(values), summary.stderr)).toBeLessThan(1e-9);
  });

  it('has no spread for fewer than two values', () => {
    expect([std([]), std([3]), stderr([3])]).toEqual([null, null, null]);
    expect(mean([])).toBeNaN();
  });

  it('keeps its digits at an offset of 1e9', () => {
    expect(std([1e9 + 1, 1e9 + 2, 1e9 + 3])).toBeCloseTo(1, 12);
  });
});

describe('exponential average', () => {
  it.each(oracle.ema)('beta $beta, with and without gaps', ({ beta, smoothed, smoothed_with_gaps }) => {
    for (const [values, expected] of [
      [oracle.curve, smoothed],
      [oracle.curve_with_gaps, smoothed_with_gaps],
    ] as const) {
      const average = new ExponentialAverage(beta);
      values.forEach((value, index) => {
        const shown = average.push(value ?? Number.NaN);
        if (expected[index] === null) expect(shown).toBeNaN();
        else expect(relative(shown, expected[index]!)).toBeLessThan(1e-9);
      });
    }
  });

  it('refuses a beta that never forgets', () => {
    expect(() => new ExponentialAverage(1)).toThrow(RangeError);
  });
});
