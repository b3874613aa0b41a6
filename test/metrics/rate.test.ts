import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { Series } from '../../src/core/series.ts';
import { fittedRate } from '../../src/metrics/rate.ts';

function curveOf(valueAt: (step: number) => number | null, steps: readonly number[]) {
  const series = new Series();
  for (const step of steps) series.push(step, valueAt(step));
  return series.view();
}

const upTo = (last: number, every = 1) => Array.from({ length: last / every }, (_, i) => (i + 1) * every);

describe('the fitted rate', () => {
  it.each([0.9, 0.999, 1, 1.01])('of a geometric curve is its factor %f, however densely it is recorded', (factor) => {
    for (const every of [1, 7]) {
      const curve = curveOf((step) => 3 * Math.exp(step * Math.log(factor)), upTo(700, every));
      expect(fittedRate(curve)!.factor).toBeCloseTo(factor, 12);
    }
  });

  it('looks at the last half of the steps alone', () => {
    const slowing = curveOf((step) => (step < 500 ? Math.exp(-0.05 * step) : Math.exp(-25 - 0.001 * step)), upTo(1000));
    expect(fittedRate(slowing)).toMatchObject({ from: 500, to: 1000 });
    expect(fittedRate(slowing)!.factor).toBeCloseTo(Math.exp(-0.001), 12);
  });

  it('comes near the factor through noise', () => {
    const stream = RandomStream.named(0, 'noise');
    const noisy = curveOf((step) => Math.exp(-0.01 * step + 0.2 * stream.gaussian()), upTo(2000));
    // Standard error of the slope: 0.2 / sqrt(Σ (x − mean)²) with 1,000 points.
    expect(Math.abs(Math.log(fittedRate(noisy)!.factor) + 0.01)).toBeLessThan((4 * 0.2) / Math.sqrt(1e9 / 12));
  });

  it('leaves out gaps and values without a logarithm', () => {
    const torn = curveOf((step) => (step % 5 === 0 ? null : step % 7 === 0 ? 0 : Math.exp(-0.1 * step)), upTo(100));
    expect(fittedRate(torn)!.factor).toBeCloseTo(Math.exp(-0.1), 12);
  });

  it('is silent about curves without a trend to fit', () => {
    expect(fittedRate(curveOf(() => 1, []))).toBeUndefined();
    expect(fittedRate(curveOf(() => 1, [0]))).toBeUndefined();
    expect(fittedRate(curveOf(() => 1, [1, 2]))).toBeUndefined();
    expect(fittedRate(curveOf(() => 0, upTo(10)))).toBeUndefined();
    expect(fittedRate(curveOf(() => null, upTo(10)))).toBeUndefined();
    expect(fittedRate(curveOf(() => 1, [8, 8, 8]))).toBeUndefined();
  });
});
