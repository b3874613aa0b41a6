import { describe, expect, it } from 'vitest';
import { type BaselineOptions, defaultOptions } from '../../src/baselines/contract.ts';
import { baselines } from '../../src/baselines/registry.ts';
import { matrix } from '../../src/core/linalg.ts';
import { relativeError } from '../fixtures/yang.ts';
import { gaussian, noisySigns, scaled } from './prompts.ts';

/** Options under which predictions do not change when all inputs are multiplied by `factor`, from each one's objective. */
const adjusted: Readonly<Record<string, (factor: number) => Partial<BaselineOptions>>> = {
  ridge: (factor) => ({ penalty: factor * factor * defaultOptions.penalty }),
  lasso: (factor) => ({ alpha: factor * defaultOptions.alpha }),
  gradient_descent: (factor) => ({ learningRate: defaultOptions.learningRate / (factor * factor) }),
  logistic: (factor) => ({ cost: defaultOptions.cost / (factor * factor) }),
  linear_svm: (factor) => ({ cost: defaultOptions.cost / (factor * factor) }),
};

/** Baselines that begin from a random start, which knows neither the unit of the inputs nor the sign of the labels. */
const randomlyStarted: ReadonlySet<string> = new Set(['network']);

it('holds the predictors that metrics name', () => {
  expect([...baselines.keys()].sort()).toEqual(
    [
      'averaging',
      'gradient_descent',
      'lasso',
      'least_squares',
      'linear_svm',
      'logistic',
      'nearest_1',
      'nearest_3',
      'network',
      'rbf_svm',
      'ridge',
      'tree',
      'zero',
    ].sort(),
  );
});

describe.each([...baselines])('%s', (name, baseline) => {
  const x = gaussian(12, 5);
  const queries = gaussian(3, 5, 1);
  const labels = baseline.kind === 'classification' ? noisySigns(x) : gaussian(12, 1, 2).data;
  const predict = (inputs = x, y = labels, asked = queries, options: Partial<BaselineOptions> = {}) =>
    baseline.predict(inputs, y, asked, { ...defaultOptions, ...options });

  it('is listed under its name, with a title', () => {
    expect(baseline.name).toBe(name);
    expect(baseline.title).toMatch(/\S/);
  });

  it('predicts 0 without an example, and nothing without a query', () => {
    expect(predict(matrix(0, 5), new Float64Array(0))).toEqual(new Float64Array(3));
    expect(predict(x, labels, matrix(0, 5))).toEqual(new Float64Array(0));
  });

  it('answers from a single example', () => {
    expect(predict(gaussian(1, 5), Float64Array.of(-1)).every(Number.isFinite)).toBe(true);
  });

  it('gives the same bits again and leaves what it was given alone', () => {
    const [inputs, y, asked] = [scaled(x, 1), labels.slice(), scaled(queries, 1)];
    const first = predict(inputs, y, asked);
    expect(predict()).toEqual(first);
    expect(inputs).toEqual(x);
    expect(y).toEqual(labels);
    expect(asked).toEqual(queries);
  });

  it('answers each query by itself', () => {
    const together = predict();
    for (const q of [0, 1, 2]) {
      const alone = predict(x, labels, matrix(1, 5, queries.data.slice(5 * q, 5 * q + 5)));
      expect(relativeError(alone, [together[q]!], 0.01)).toBeLessThan(1e-12);
    }
  });

  it('does not care in what order the examples come', () => {
    const reversed = matrix(12, 5);
    for (let i = 0; i < 12; i++) reversed.data.set(x.data.subarray(5 * i, 5 * i + 5), 5 * (11 - i));
    expect(relativeError(predict(reversed, labels.slice().reverse()), predict(), 0.01)).toBeLessThan(1e-9);
  });

  it.skipIf(randomlyStarted.has(name)).each([1e-3, 1e3])('does not care for the unit of the inputs (%f)', (factor) => {
    const { [name]: options } = adjusted;
    // The mean product has no unit to set: examples and query each count once.
    const expected = predict().map((value) => (name === 'averaging' ? factor * factor * value : value));
    const found = predict(scaled(x, factor), labels, scaled(queries, factor), options?.(factor));
    expect(relativeError(found, expected, 1e-6)).toBeLessThan(1e-8);
  });

  it.each([1e-3, 30])('stands inputs of size %f', (factor) => {
    const found = predict(scaled(x, factor), labels, scaled(queries, factor), { steps: 1 });
    expect(found.every(Number.isFinite)).toBe(true);
  });

  it.skipIf(randomlyStarted.has(name))('turns with the labels', () => {
    const opposite = predict(
      x,
      labels.map((label) => -label),
    );
    expect(
      relativeError(
        opposite,
        predict().map((value) => -value),
        0.01,
      ),
    ).toBeLessThan(1e-9);
  });

  it('refuses sizes that disagree and numbers that are not finite', () => {
    expect(() => predict(x, labels.slice(1))).toThrow(RangeError);
    expect(() => predict(x, labels, gaussian(3, 4))).toThrow(RangeError);
    expect(() => predict(scaled(x, Number.NaN))).toThrow(RangeError);
    expect(() => predict(x, labels, scaled(queries, Infinity))).toThrow(RangeError);
    expect(() => predict(x, labels.with(3, Number.NaN))).toThrow(RangeError);
  });

  if (baseline.kind !== 'classification') return;

  it('takes signs alone, and predicts the class when there is one', () => {
    expect(() => predict(x, labels.with(3, 0))).toThrow(RangeError);
    expect(predict(x, new Float64Array(12).fill(-1))).toEqual(new Float64Array(3).fill(-1));
    expect(predict(x, new Float64Array(12).fill(1))).toEqual(new Float64Array(3).fill(1));
  });
});
