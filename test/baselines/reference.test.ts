import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type BaselineOptions, defaultOptions } from '../../src/baselines/contract.ts';
import { baselines } from '../../src/baselines/registry.ts';
import { type Matrix, matrix } from '../../src/core/linalg.ts';
import { type Numbers, relativeError } from '../fixtures/yang.ts';

interface RegressionReference {
  readonly prediction: number;
  readonly w?: Numbers;
  readonly penalty?: number;
  readonly alpha?: number;
  readonly lr?: number;
  readonly steps?: number;
}

interface Prompt {
  readonly name: string;
  readonly n: number;
  readonly d: number;
  readonly x: Numbers;
  readonly y: Numbers;
  readonly query: Numbers;
  /** Labels ±1. */
  readonly s: Numbers;
  readonly regression: Readonly<Record<string, RegressionReference>>;
  readonly classification: {
    readonly logistic: {
      readonly w: Numbers;
      readonly b: number;
      readonly decision: number;
      readonly probability: number;
    };
    readonly svm_linear: SupportVectors;
    readonly svm_rbf: SupportVectors & { readonly gamma: number };
    readonly knn_1: { readonly decision: number };
    readonly knn_3: { readonly decision: number };
  };
}

interface SupportVectors {
  readonly dual: Numbers;
  readonly b: number;
  readonly decision: number;
}

/** Float64 numbers made with numpy. */
const reference: { readonly prompts: readonly Prompt[] } = JSON.parse(
  readFileSync(new URL('../fixtures/baselines.json', import.meta.url), 'utf8'),
);

/** Names of the reference, less the setting that ends them, against ours. */
const names: Readonly<Record<string, string>> = {
  least_squares: 'least_squares',
  ridge: 'ridge',
  lasso: 'lasso',
  gd: 'gradient_descent',
  averaging: 'averaging',
  knn_1: 'nearest_1',
  knn_3: 'nearest_3',
};

const nameOf = (entry: string) => names[entry] ?? names[entry.split('_')[0]!]!;

/** Optima are asked for to six digits, closed forms to nine. */
const toleranceOf = (name: string) => (['lasso', 'logistic', 'linear_svm', 'rbf_svm'].includes(name) ? 1e-6 : 1e-9);

const vector = ({ data }: Numbers) => Float64Array.from(data);
const table = ({ shape, data }: Numbers) => matrix(shape[0]!, shape[1]!, Float64Array.from(data));

function identity(size: number): Matrix {
  const result = matrix(size, size);
  for (let i = 0; i < size; i++) result.data[i * size + i] = 1;
  return result;
}

function optionsOf({ penalty, alpha, lr, steps }: RegressionReference): BaselineOptions {
  return {
    ...defaultOptions,
    ...(penalty !== undefined && { penalty }),
    ...(alpha !== undefined && { alpha }),
    ...(lr !== undefined && { learningRate: lr }),
    ...(steps !== undefined && { steps }),
  };
}

describe.each(reference.prompts)('on the prompt $name ($n examples of $d features)', (prompt) => {
  const x = table(prompt.x);
  const query = matrix(1, prompt.d, vector(prompt.query));
  const predict = (name: string, labels: Numbers, queries: Matrix, options = defaultOptions) =>
    baselines.get(name)!.predict(x, vector(labels), queries, options);
  const decide = (name: string, queries: Matrix) => predict(name, prompt.s, queries);

  it.each(Object.entries(prompt.regression))('%s', (entry, expected) => {
    const name = nameOf(entry);
    const options = optionsOf(expected);
    const prediction = predict(name, prompt.y, query, options);
    expect(relativeError(prediction, [expected.prediction], 0.01)).toBeLessThan(toleranceOf(name));
    if (!expected.w) return;
    // A predictor without intercept gives its weights when it is asked for the unit vectors.
    const weights = predict(name, prompt.y, identity(prompt.d), options);
    expect(relativeError(weights, expected.w.data, 0.01)).toBeLessThan(toleranceOf(name));
  });

  it.each([
    ['nearest_1', prompt.classification.knn_1],
    ['nearest_3', prompt.classification.knn_3],
  ])('%s of signs', (name, { decision }) => {
    expect(relativeError(decide(name, query), [decision], 0.01)).toBeLessThan(toleranceOf(name));
  });

  it('logistic regression', () => {
    const { w, b, decision, probability } = prompt.classification.logistic;
    const tolerance = toleranceOf('logistic');
    const [atQuery] = decide('logistic', query);
    const [atZero] = decide('logistic', matrix(1, prompt.d));
    const weights = decide('logistic', identity(prompt.d)).map((value) => value - atZero!);
    expect(relativeError([atQuery!], [decision])).toBeLessThan(tolerance);
    expect(relativeError([1 / (1 + Math.exp(-atQuery!))], [probability])).toBeLessThan(tolerance);
    expect(relativeError([atZero!], [b])).toBeLessThan(tolerance);
    expect(relativeError(weights, w.data)).toBeLessThan(tolerance);
  });

  const { svm_linear, svm_rbf } = prompt.classification;
  const product = (u: Float64Array, v: Float64Array) => u.reduce((sum, value, k) => sum + value * v[k]!, 0);
  const gaussian = (u: Float64Array, v: Float64Array) =>
    Math.exp(-svm_rbf.gamma * u.reduce((sum, value, k) => sum + (value - v[k]!) * (value - v[k]!), 0));

  it.each([
    ['linear_svm', svm_linear, product],
    ['rbf_svm', svm_rbf, gaussian],
  ] as const)('%s', (name, { dual, b, decision }, kernel) => {
    const rows = Array.from({ length: prompt.n }, (_, i) => x.data.subarray(i * prompt.d, (i + 1) * prompt.d));
    const atExamples = rows.map((row) => rows.reduce((sum, other, i) => sum + dual.data[i]! * kernel(other, row), b));
    expect(relativeError(decide(name, query), [decision])).toBeLessThan(toleranceOf(name));
    expect(relativeError(decide(name, x), atExamples)).toBeLessThan(toleranceOf(name));
  });
});
