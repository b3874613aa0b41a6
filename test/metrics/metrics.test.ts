import { describe, expect, it } from 'vitest';
import { metricCatalog, metricInfo } from '../../src/metrics/catalog.ts';
import { estimate, exactly } from '../../src/metrics/estimate.ts';

describe('an estimate', () => {
  it('is the mean with the standard error of independent values', () => {
    // Variance with divisor n − 1: (2.25 + .25 + .25 + 2.25) / 3 = 5/3; standard error √(5/12).
    const { mean, stderr, n } = estimate([1, 2, 3, 4]);
    expect([mean, n]).toEqual([2.5, 4]);
    expect(stderr).toBeCloseTo(Math.sqrt(5 / 12), 15);
  });

  it('keeps the spread of values far from zero', () => {
    expect(estimate([1e9, 1e9 + 2]).stderr).toBe(1);
  });

  it('has no standard error from one value, nor when it is exact', () => {
    expect(estimate([3])).toEqual({ mean: 3, stderr: null, n: 1 });
    expect(exactly(3)).toEqual({ mean: 3, stderr: null, n: 0 });
  });
});

describe('the metric catalogue', () => {
  it('knows its names and only those', () => {
    expect(metricInfo('gap')).toMatchObject({ better: 'lower', role: 'training' });
    expect(metricInfo('toString')).toBeUndefined();
    expect(metricInfo('nonsense')).toBeUndefined();
  });

  it('has names in snake case and labels short enough for a legend, each its own', () => {
    const entries = Object.entries(metricCatalog);
    for (const [name, { title, short }] of entries) {
      expect(name).toMatch(/^[a-z]+(_[a-z]+)*\d?$/);
      expect(title.length).toBeGreaterThan(0);
      expect(short.length).toBeLessThanOrEqual(13);
    }
    expect(new Set(entries.map(([, { short }]) => short)).size).toBe(entries.length);
    expect(new Set(entries.map(([, { title }]) => title)).size).toBe(entries.length);
  });
});
