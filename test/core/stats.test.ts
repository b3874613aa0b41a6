import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { clusteredStderr, ExponentialAverage, mean, std, stderr } from '../../src/core/stats.ts';
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

describe('the clustered standard error', () => {
  const values = Float64Array.from({ length: 12 }, (_, i) => Math.sin(7 * i));

  it('of clusters of one is the usual one', () => {
    expect(clusteredStderr(values, [...values.keys()])).toBeCloseTo(stderr(values)!, 14);
    expect(
      clusteredStderr(
        values,
        values.map(() => 3),
      ),
    ).toBeNull();
  });

  it('of clusters of one size is that of their means', () => {
    const clusters = values.map((_, i) => i % 4);
    const means = [0, 1, 2, 3].map((g) => mean(values.filter((_, i) => i % 4 === g)));
    expect(clusteredStderr(values, clusters)).toBeCloseTo(stderr(means)!, 14);
  });

  it('says how much the mean varies where units of a cluster go together, which the usual one does not', () => {
    const stream = RandomStream.named(0, 'clusters');
    const [clusters, draws] = [15, 4000];
    // Of unlike sizes, 4 to 12.
    const cluster = Array.from({ length: clusters }, (_, g) => Array.from({ length: 4 + (g % 9) }, () => g)).flat();
    const drawn = Array.from({ length: draws }, () => {
      const effects = stream.fillGaussian(new Float64Array(clusters));
      const noise = stream.fillGaussian(new Float64Array(cluster.length));
      const units = cluster.map((g, i) => effects[g]! + noise[i]!);
      return { mean: mean(units), clustered: clusteredStderr(units, cluster)! ** 2, usual: stderr(units)! ** 2 };
    });
    const variance = std(drawn.map((one) => one.mean))! ** 2;
    expect(mean(drawn.map(({ clustered }) => clustered)) / variance).toBeGreaterThan(0.9);
    expect(mean(drawn.map(({ clustered }) => clustered)) / variance).toBeLessThan(1.1);
    expect(mean(drawn.map(({ usual }) => usual)) / variance).toBeLessThan(0.4);
  });
});
