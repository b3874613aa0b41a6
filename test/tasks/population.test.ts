import { describe, expect, it } from 'vitest';
import { type Matrix, matrix, matrixOf, multiply, squaredNorm, subtract, transpose } from '../../src/core/linalg.ts';
import { RandomStream } from '../../src/core/random.ts';
import {
  inDomain,
  outOfDomain,
  type Problem,
  population,
  type WeightDistribution,
} from '../../src/tasks/representation/population.ts';
import { asTensor, relativeError, yang } from '../fixtures/yang.ts';

const { N, tau } = yang.sizes;
const reference: Problem = {
  features: matrixOf(asTensor(yang.inputs.features)),
  promptExamples: N,
  noise: tau,
  noisyTargets: true,
};
const mixing = matrixOf(asTensor(yang.at_parameters.mixing));
const y = matrix(1, N, Float64Array.from(yang.prompt.y.data));

const gaussian = (rows: number, columns: number, seed = 0): Matrix =>
  matrix(rows, columns, RandomStream.named(seed, 'population').fillGaussian(new Float64Array(rows * columns)));

/** (1/2K)‖R(Â − A)‖². */
const gapOf = ({ factor, optimal }: ReturnType<typeof population>, a: Matrix) =>
  squaredNorm(multiply(factor, subtract(a, optimal))) / (2 * a.columns);

describe('population of the reference', () => {
  const exact = population(reference);

  it('has the reference mixing, floors, initial loss and quadratic form', () => {
    expect(relativeError(exact.optimal.data, yang.theory.optimal_mixing.data)).toBeLessThan(1e-12);
    expect(exact.floor).toBeCloseTo(yang.theory.loss_floor_noisy_targets, 12);
    expect(exact.initialLoss).toBeCloseTo(yang.theory.loss_at_zero_w, 12);
    const gram = multiply(transpose(exact.factor), exact.factor);
    expect(relativeError(gram.data, yang.theory.gram.data)).toBeLessThan(1e-12);
  });

  it('has the reference losses of a network', () => {
    expect(exact.floor + gapOf(exact, mixing)).toBeCloseTo(yang.at_parameters.loss_noisy_targets, 11);
    expect(exact.inferenceLoss(mixing, inDomain)).toBeCloseTo(yang.at_parameters.in_domain, 11);
    expect(exact.inferenceLoss(mixing, outOfDomain)).toBeCloseTo(yang.at_parameters.out_of_domain, 10);
  });

  it('predicts the limit and the best ridge of the reference prompt', () => {
    expect(relativeError(multiply(y, exact.optimal).data, yang.prompt.limit.data)).toBeLessThan(1e-12);
    expect(relativeError(multiply(y, exact.best).data, yang.prompt.best.data)).toBeLessThan(1e-12);
  });

  it('lowers every loss by mτ(K − N)/2K when query targets are clean', () => {
    const clean = population({ ...reference, noisyTargets: false });
    expect(clean.floor).toBeCloseTo(yang.theory.loss_floor_clean_query_targets, 12);
    expect(clean.floor + gapOf(clean, mixing)).toBeCloseTo(yang.at_parameters.loss_clean_query_targets, 11);
    expect(exact.initialLoss - clean.initialLoss).toBeCloseTo(exact.floor - clean.floor, 12);
  });
});

/** λ of least norm whose moments about the origin are those of the distribution: a quadrature of 2m points. */
function momentPoints(m: number, { mean, deviation }: WeightDistribution): Float64Array[] {
  return Array.from({ length: 2 * m }, (_, i) => {
    const lambda = new Float64Array(m).fill(mean);
    lambda[i >> 1]! += (i % 2 === 0 ? 1 : -1) * deviation * Math.sqrt(m);
    return lambda;
  });
}

/** E (1/K)‖Dᵀy‖² summed over moment points of λ and over one noisy label at a time. */
function enumerated(problem: Problem, difference: Matrix, weights: WeightDistribution): number {
  const { features, promptExamples, noise } = problem;
  const m = features.columns;
  const points = momentPoints(m, weights);
  const spread = Math.sqrt(
    promptExamples * noise * m * (weights.mean * weights.mean + weights.deviation * weights.deviation),
  );
  let total = 0;
  for (const lambda of points) {
    for (let n = 0; n < promptExamples; n++) {
      for (const sign of [1, -1]) {
        const labels = multiply(matrix(1, m, lambda), transpose(features)).data.slice(0, promptExamples);
        labels[n]! += sign * spread;
        total += squaredNorm(multiply(matrix(1, promptExamples, labels), difference)) / features.rows;
      }
    }
  }
  return total / (points.length * promptExamples * 2);
}

describe.each([
  ['fewer examples than features', { tokens: 14, m: 6, N: 3 }],
  ['as many', { tokens: 14, m: 6, N: 6 }],
  ['more', { tokens: 14, m: 6, N: 10 }],
])('population with %s', (_, { tokens, m, N: promptExamples }) => {
  const features = gaussian(tokens, m);
  const random = gaussian(promptExamples, tokens, 1);

  it.each([0, 1e-9, 0.2])('has its optimum at zero gap and no slope there (noise %d)', (noise) => {
    const problem: Problem = { features, promptExamples, noise, noisyTargets: true };
    const exact = population(problem);
    expect(gapOf(exact, exact.optimal)).toBe(0);
    // Loss of a mixing from its definition: ‖ZÂ − Ẑ‖² + mτ(‖Â‖² + K − 2 Σ_{k≤N} Â_kk), over 2K.
    const loss = (a: Matrix) => {
      const fit = subtract(
        multiply(transpose(a), matrix(promptExamples, m, features.data.slice(0, promptExamples * m))),
        features,
      );
      let trace = 0;
      for (let n = 0; n < promptExamples; n++) trace += a.data[n * tokens + n]!;
      return (squaredNorm(fit) + m * noise * (squaredNorm(a) + tokens - 2 * trace)) / (2 * tokens);
    };
    expect(loss(exact.optimal)).toBeCloseTo(exact.floor, 12);
    expect(loss(random)).toBeCloseTo(exact.floor + gapOf(exact, random), 10);
    expect(loss(matrix(promptExamples, tokens))).toBeCloseTo(exact.initialLoss, 12);
  });

  it.each([0, 0.2])('has the inference losses of an enumeration (noise %d)', (noise) => {
    const problem: Problem = { features, promptExamples, noise, noisyTargets: true };
    const exact = population(problem);
    const difference = subtract(random, exact.optimal);
    for (const weights of [inDomain, outOfDomain]) {
      expect(exact.inferenceLoss(random, weights)).toBeCloseTo(enumerated(problem, difference, weights), 9);
    }
    expect(exact.inferenceLoss(random, inDomain)).toBeCloseTo(2 * gapOf(exact, random), 10);
    const ratio = exact.inferenceLoss(random, outOfDomain) / exact.inferenceLoss(random, inDomain);
    expect(ratio).toBeGreaterThan(4);
    expect(ratio).toBeLessThan(4 + m);
  });

  it('has equal limit and best ridge exactly when N = m or there is no noise', () => {
    const distance = (noise: number) => {
      const exact = population({ features, promptExamples, noise, noisyTargets: true });
      return squaredNorm(subtract(exact.optimal, exact.best));
    };
    expect(distance(0)).toBe(0);
    if (promptExamples === m) expect(distance(0.2)).toBe(0);
    else expect(distance(0.2)).toBeGreaterThan(1e-4);
  });
});
