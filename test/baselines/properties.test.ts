import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConvergenceError, defaultOptions } from '../../src/baselines/contract.ts';
import { baselines } from '../../src/baselines/registry.ts';
import { supportVectors } from '../../src/baselines/shared/support_vectors.ts';
import { dot, type Matrix, matrix, multiply, multiplyVector, transpose } from '../../src/core/linalg.ts';
import { RandomStream } from '../../src/core/random.ts';
import { estimate } from '../../src/metrics/estimate.ts';
import { relativeError } from '../fixtures/yang.ts';
import { gaussian, noisySigns, scaled } from './prompts.ts';

function identity(size: number): Matrix {
  const result = matrix(size, size);
  for (let i = 0; i < size; i++) result.data[i * size + i] = 1;
  return result;
}

interface NearDuplicates {
  readonly n: number;
  readonly d: number;
  readonly x: readonly number[];
  readonly s: readonly number[];
  readonly query: readonly number[];
  readonly decision: number;
  readonly objective: number;
}

const nearDuplicates: readonly NearDuplicates[] = JSON.parse(
  readFileSync(new URL('../fixtures/near-duplicates.json', import.meta.url), 'utf8'),
).prompts;

/** Weights of a predictor without intercept. */
const weightsOf = (name: string, x: Matrix, y: Float64Array, options = {}) =>
  baselines.get(name)!.predict(x, y, identity(x.columns), { ...defaultOptions, ...options });

const largest = (values: Float64Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe('the lasso', () => {
  const y = gaussian(20, 1, 5).data;
  /** Xᵀ(y − Xw)/n */
  const slopesAt = (x: Matrix, w: Float64Array, labels = y) => {
    const fitted = multiplyVector(x, w);
    const rest = labels.map((label, i) => label - fitted[i]!);
    return multiplyVector(transpose(x), rest).map((sum) => sum / x.rows);
  };

  it.each([
    ['many examples', gaussian(20, 6)],
    ['as many examples as features', gaussian(20, 20)],
    ['few examples', gaussian(20, 50)],
    ['features that depend on each other', multiply(gaussian(20, 3), gaussian(3, 8, 1))],
    [
      'a feature that is always 0',
      matrix(
        20,
        4,
        gaussian(20, 4).data.map((value, entry) => (entry % 4 === 2 ? 0 : value)),
      ),
    ],
  ])('meets its optimality conditions with %s', (_, x) => {
    for (const alpha of [1, 0.1, 0.01, 0.001, 0.0001]) {
      const w = weightsOf('lasso', x, y, { alpha });
      const slopes = slopesAt(x, w);
      w.forEach((weight, j) => {
        if (weight === 0) expect(Math.abs(slopes[j]!)).toBeLessThan(alpha + 1e-11);
        else expect(Math.abs(slopes[j]! - alpha * Math.sign(weight))).toBeLessThan(1e-11);
      });
    }
  });

  it('shrinks each coordinate alone when features are orthogonal', () => {
    const labels = Float64Array.of(3, -0.5, 1.2);
    // x = √3·1 makes XᵀX/n = 1, so w = shrink(Xᵀy/n, α) = shrink(y/√3, α).
    const w = weightsOf('lasso', scaled(identity(3), Math.sqrt(3)), labels, { alpha: 0.4 });
    expect(relativeError(w, [3 / Math.sqrt(3) - 0.4, 0, 1.2 / Math.sqrt(3) - 0.4])).toBeLessThan(1e-12);
  });

  it('is exactly 0 once α reaches the largest slope, and not before', () => {
    const x = gaussian(20, 6);
    const steepest = largest(slopesAt(x, new Float64Array(6)));
    expect(weightsOf('lasso', x, y, { alpha: steepest })).toEqual(new Float64Array(6));
    expect(largest(weightsOf('lasso', x, y, { alpha: 0.9999 * steepest }))).toBeGreaterThan(0);
  });

  it('finds sparse weights from fewer examples than features', () => {
    const x = gaussian(30, 50, 3);
    const sparse = new Float64Array(50);
    sparse.set([2, -1, 1.5]);
    const w = weightsOf('lasso', x, multiplyVector(x, sparse), { alpha: 1e-4 });
    expect(relativeError(w, sparse)).toBeLessThan(1e-3);
  });
});

describe('linear predictors', () => {
  it.each([
    [12, 5],
    [5, 12],
  ])('ridge tends to least squares as its penalty vanishes, %i examples of %i features', (rows, columns) => {
    const x = gaussian(rows, columns);
    const y = gaussian(rows, 1, 1).data;
    const limit = weightsOf('least_squares', x, y);
    const distance = (penalty: number) => relativeError(weightsOf('ridge', x, y, { penalty }), limit);
    expect(distance(1e-8)).toBeLessThan(1e-7);
    expect(distance(1e-2)).toBeGreaterThan(1e-5);
    expect(distance(0)).toBe(0);
  });

  it('one step of gradient descent is averaging, many are least squares', () => {
    const x = gaussian(12, 5);
    const y = gaussian(12, 1, 1).data;
    const one = weightsOf('gradient_descent', x, y, { steps: 1, learningRate: 0.5 });
    expect(
      relativeError(
        one,
        weightsOf('averaging', x, y).map((value) => value / 2),
      ),
    ).toBeLessThan(1e-14);
    const many = weightsOf('gradient_descent', x, y, { steps: 2000, learningRate: 0.3 });
    expect(relativeError(many, weightsOf('least_squares', x, y))).toBeLessThan(1e-9);
  });

  // Garg et al. 2022: labels wᵀx without noise, w and x standard normal, d features, i examples.
  it('err as theory says on random linear functions', () => {
    const [features, examples, prompts] = [6, 3, 2000];
    const errors: Record<string, number[]> = { zero: [], least_squares: [], averaging: [] };
    for (let seed = 0; seed < prompts; seed++) {
      const drawn = gaussian(examples + 2, features, seed).data;
      const w = drawn.subarray(0, features);
      const query = matrix(1, features, drawn.subarray(features, 2 * features));
      const x = matrix(examples, features, drawn.subarray(2 * features));
      const target = dot(w, query.data);
      for (const name of Object.keys(errors)) {
        const [value] = baselines.get(name)!.predict(x, multiplyVector(x, w), query, defaultOptions);
        errors[name]!.push((value! - target) * (value! - target));
      }
    }
    const expected = {
      zero: features,
      least_squares: features - examples,
      averaging: (features * (features + 1)) / examples,
    };
    for (const [name, value] of Object.entries(expected)) {
      const { mean, stderr } = estimate(errors[name]!);
      expect(Math.abs(mean - value)).toBeLessThan(4 * stderr!);
      expect(stderr!).toBeLessThan(0.1 * value);
    }
  });
});

describe('logistic regression', () => {
  it.each([
    ['overlapping classes', 40, 5, 1],
    ['separable classes', 10, 20, 1],
    ['large inputs', 40, 5, 1000],
    ['small inputs', 40, 5, 1e-3],
  ])('has no slope left with %s', (_, rows, columns, factor) => {
    const x = scaled(gaussian(rows, columns), factor);
    const signs = noisySigns(x);
    const decide = (queries: Matrix) => baselines.get('logistic')!.predict(x, signs, queries, defaultOptions);
    const [intercept] = decide(matrix(1, columns));
    const weights = decide(identity(columns)).map((value) => value - intercept!);
    const pulls = decide(x).map((decision, i) => signs[i]! / (1 + Math.exp(signs[i]! * decision)));
    const slopes = multiplyVector(transpose(x), pulls).map((pull, j) => weights[j]! - pull);
    expect(largest(slopes)).toBeLessThan(1e-6 * factor);
    expect(Math.abs(pulls.reduce((sum, pull) => sum + pull, 0))).toBeLessThan(1e-6);
  });
});

describe('support vector machines', () => {
  /** Primal minus dual objective, as a share of the primal: 0 at the optimum and nowhere else. */
  function dualityGap(kernel: Matrix, signs: Float64Array, cost: number): number {
    const { dual, intercept } = supportVectors(kernel, signs, cost);
    expect(Math.abs(dual.reduce((sum, value) => sum + value, 0))).toBeLessThan(1e-9 * cost);
    dual.forEach((value, i) => {
      expect(value * signs[i]!).toBeGreaterThanOrEqual(0);
      expect(value * signs[i]!).toBeLessThanOrEqual(cost);
    });
    const fitted = multiplyVector(kernel, dual);
    const norm = dot(dual, fitted);
    const hinge = fitted.reduce((sum, value, i) => sum + Math.max(0, 1 - signs[i]! * (value + intercept)), 0);
    return (norm + cost * hinge - dot(dual, signs)) / (norm / 2 + cost * hinge);
  }

  it.each([
    ['overlapping classes', gaussian(60, 4), 1],
    ['separable classes', gaussian(12, 20), 1],
    ['large inputs', scaled(gaussian(30, 6), 30), 1],
    ['a high cost', gaussian(30, 10), 1000],
    ['a low cost', gaussian(30, 10), 1e-3],
    ['every example twice', matrix(40, 5, Float64Array.of(...gaussian(20, 5).data, ...gaussian(20, 5).data)), 1],
    ['inputs that are all the same', matrix(9, 2, new Float64Array(18).fill(2)), 1],
  ])('close the duality gap with %s', (_, x, cost) => {
    const signs = noisySigns(x);
    expect(Math.abs(dualityGap(multiply(x, transpose(x)), signs, cost))).toBeLessThan(1e-9);
  });

  it.each([10, 73, 126])('stop near an optimum that rounding keeps out of reach, prompt %i', (seed) => {
    // Sums of few vectors, rounded to float32: they lie in fewer dimensions than there are examples, up to rounding.
    const stream = RandomStream.named(seed, 'coincide');
    const [examples, features] = [16, 8];
    const vectors = stream.fillGaussian(new Float64Array(6 * features));
    const x = matrix(examples, features);
    const signs = new Float64Array(examples);
    for (let i = 0; i < examples; i++) {
      const [first, second, share] = [stream.integer(3), 3 + stream.integer(3), stream.uniform() - 0.5];
      signs[i] = first === 0 ? 1 : first === 1 ? -1 : stream.uniform() < 0.5 ? 1 : -1;
      for (let c = 0; c < features; c++) {
        x.data[i * features + c] = Math.fround(
          vectors[first * features + c]! + share * vectors[second * features + c]!,
        );
      }
    }
    expect(Math.abs(dualityGap(multiply(x, transpose(x)), signs, 1))).toBeLessThan(1e-6);
  });

  // Prompts of the pattern task on which the optimum of the dual is not reached in 100,000 moves; numbers by a solver of
  // the primal problem (scipy's SLSQP).
  it.each(nearDuplicates)('decide as the optimum does where examples almost coincide, prompt %#', (prompt) => {
    const x = matrix(prompt.n, prompt.d, Float64Array.from(prompt.x, Math.fround));
    const signs = Float64Array.from(prompt.s);
    const { dual } = supportVectors(multiply(x, transpose(x)), signs, 1);
    const reached = dot(dual, signs) - dot(dual, multiplyVector(multiply(x, transpose(x)), dual)) / 2;
    expect(Math.abs(reached / prompt.objective - 1)).toBeLessThan(1e-4);
    const query = matrix(1, prompt.d, Float64Array.from(prompt.query, Math.fround));
    const [decision] = baselines.get('linear_svm')!.predict(x, signs, query, defaultOptions);
    expect(Math.abs(decision! - prompt.decision)).toBeLessThan(0.01);
  });

  it('put the plane midway between two points', () => {
    // w = (1, 0), b = 0: both margins are exactly 1.
    const x = matrix(2, 2, Float64Array.of(1, 5, -1, 5));
    const queries = matrix(3, 2, Float64Array.of(0, 9, 2, 0, -3, 5));
    const found = baselines.get('linear_svm')!.predict(x, Float64Array.of(1, -1), queries, defaultOptions);
    expect(relativeError(found, [0, 2, -3])).toBeLessThan(1e-12);
  });

  it('separate a class inside another only with the Gaussian kernel', () => {
    const x = gaussian(60, 2, 4);
    const radius = (i: number) => Math.hypot(x.data[2 * i]!, x.data[2 * i + 1]!);
    const signs = Float64Array.from({ length: 60 }, (_, i) => (radius(i) < 1.1 ? 1 : -1));
    const errors = (name: string) =>
      baselines
        .get(name)!
        .predict(x, signs, x, defaultOptions)
        .filter((decision, i) => decision * signs[i]! <= 0).length;
    expect(errors('rbf_svm')).toBeLessThan(6);
    expect(errors('linear_svm')).toBeGreaterThan(15);
  });

  it('say so when there is no optimum to reach', () => {
    const broken = matrix(2, 2, new Float64Array(4).fill(Number.NaN));
    expect(() => supportVectors(broken, Float64Array.of(1, -1), 1)).toThrow(ConvergenceError);
  });
});

describe('nearest neighbours', () => {
  it('take the earlier of two examples at the same distance', () => {
    const x = matrix(4, 1, Float64Array.of(1, -1, 3, -3));
    const predict = (name: string) =>
      baselines.get(name)!.predict(x, Float64Array.of(10, 20, 31, 40), matrix(1, 1), defaultOptions)[0];
    expect(predict('nearest_1')).toBe(10);
    expect(predict('nearest_3')).toBeCloseTo(61 / 3, 12);
  });
});
