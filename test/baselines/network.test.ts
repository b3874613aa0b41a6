import { describe, expect, it } from 'vitest';
import { defaultOptions } from '../../src/baselines/contract.ts';
import { network, networkLoss, networkSize } from '../../src/baselines/network.ts';
import { matrix } from '../../src/core/linalg.ts';
import { gaussian } from './prompts.ts';

const [features, hidden] = [3, 4];

describe('a network trained on the examples', () => {
  it('has the gradient of its loss, to finite differences', () => {
    const theta = gaussian(1, networkSize(features, hidden), 1).data;
    const [x, y] = [gaussian(6, features, 2), gaussian(6, 1, 3).data];
    const gradient = new Float64Array(theta.length);
    networkLoss(theta, x, y, gradient);
    const unused = new Float64Array(theta.length);
    theta.forEach((value, entry) => {
      const at = (moved: number) => {
        const other = Float64Array.from(theta);
        other[entry] = moved;
        return networkLoss(other, x, y, unused);
      };
      expect(gradient[entry]!).toBeCloseTo((at(value + 1e-6) - at(value - 1e-6)) / 2e-6, 6);
    });
    expect(gradient.filter((slope) => slope !== 0).length).toBeGreaterThan(theta.length / 2);
  });

  it('has the loss of a network worked out by hand', () => {
    // F(x) = 3·max(0, 2x₁ − x₂ + 1) − 0.5
    const theta = Float64Array.of(2, -1, 1, 3, -0.5);
    const x = matrix(2, 2, Float64Array.of(1, 1, -3, 0));
    // F = 5.5 and −0.5, against 5 and 1
    expect(networkLoss(theta, x, Float64Array.of(5, 1), new Float64Array(5))).toBeCloseTo((0.25 + 2.25) / 2, 12);
  });

  it('fits the examples, and repeats itself to the bit', () => {
    const [x, y] = [gaussian(5, features, 4), gaussian(5, 1, 5).data];
    const fitted = network.predict(x, y, x, defaultOptions);
    const wrong = fitted.reduce((sum, value, i) => sum + (value - y[i]!) * (value - y[i]!), 0);
    expect(wrong).toBeLessThan(0.05 * y.reduce((sum, value) => sum + value * value, 0));
    expect(network.predict(x, y, x, defaultOptions)).toEqual(fitted);
  });

  it('does not care how often the whole set of examples is shown', () => {
    const [x, y, queries] = [gaussian(5, features, 4), gaussian(5, 1, 5).data, gaussian(3, features, 6)];
    const twice = matrix(10, features, Float64Array.of(...x.data, ...x.data));
    const once = network.predict(x, y, queries, defaultOptions);
    const again = network.predict(twice, Float64Array.of(...y, ...y), queries, defaultOptions);
    again.forEach((value, q) => {
      expect(value).toBeCloseTo(once[q]!, 6);
    });
  });
});
