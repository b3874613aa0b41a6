import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { MetricCatalogue } from '../../src/metrics/catalogue.ts';
import { knownMeasures } from '../../src/models/known/measures.ts';
import type { Estimate } from '../../src/protocol/events.ts';
import { mixedPredictions } from '../../src/tasks/mixed/predictors.ts';
import { supportCount, supportsOf } from '../../src/tasks/mixed/supports.ts';
import { firstNumber, functionTaskOf, measure } from './functions/task.ts';

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** A⁻¹ b and log |A| by elimination, A symmetric and positive. */
function solved(A: readonly (readonly number[])[], b: readonly number[]) {
  const rows = A.map((row, i) => [...row, b[i]!]);
  let logDeterminant = 0;
  for (const i of range(rows.length)) {
    const pivot = rows[i]![i]!;
    logDeterminant += Math.log(pivot);
    for (const k of range(rows.length)) {
      if (k === i) continue;
      const factor = rows[k]![i]! / pivot;
      rows[k] = rows[k]!.map((value, j) => value - factor * rows[i]![j]!);
    }
  }
  return { x: rows.map((row, i) => row.at(-1)! / row[i]!), logDeterminant };
}

describe('sets of inputs', () => {
  it('are all there, each once', () => {
    expect(supportsOf(4, 2)).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 2],
      [1, 3],
      [2, 3],
    ]);
    for (const [count, size] of [
      [5, 1],
      [6, 3],
      [7, 7],
    ] as const)
      expect(supportsOf(count, size)).toHaveLength(supportCount(count, size));
  });
});

describe('Bayes estimators of the mixture', () => {
  const [count, points, dim, sparsity] = [4, 6, 4, 2];
  const stream = RandomStream.named(0, 'mixed');
  const inputs = stream.fillGaussian(new Float32Array(count * points * dim));
  const labels = stream.fillGaussian(new Float32Array(count * points)).map((y) => 1.5 * y);
  const shown = { count, points, dim, inputs, labels };
  const [share, noise] = [0.3, 0.6];

  /** Of weights on a set of inputs, from all labels before `at` as one Gaussian vector: prediction and log-likelihood. */
  const byVector = (at: number, support: readonly number[], variance: number) => {
    const known = range(at % points).map((i) => at - (at % points) + i);
    const product = (a: number, b: number) =>
      variance * support.reduce((sum, j) => sum + inputs[a * dim + j]! * inputs[b * dim + j]!, 0);
    const K = known.map((a) => known.map((b) => product(a, b) + (a === b ? noise ** 2 : 0)));
    const y = known.map((a) => labels[a]!);
    const { x, logDeterminant } = solved(K, y);
    const square = x.reduce((sum, value, i) => sum + value * y[i]!, 0);
    return {
      prediction: x.reduce((sum, value, i) => sum + value * product(known[i]!, at), 0),
      evidence: -0.5 * (square + logDeterminant + known.length * Math.log(2 * Math.PI)),
    };
  };

  it('are those of Gaussian vectors of labels, over all sets of inputs', () => {
    const found = mixedPredictions(shown, { sparsity, share, noise });
    for (const at of range(count * points)) {
      const dense = byVector(at, range(dim), 1);
      const sparse = supportsOf(dim, sparsity).map((support) => byVector(at, support, dim / sparsity));
      const weights = sparse.map(({ evidence }) => Math.exp(evidence) / sparse.length);
      const ofSparse = weights.reduce((a, b) => a + b, 0);
      const sparsePrediction = sparse.reduce((sum, one, k) => sum + (weights[k]! / ofSparse) * one.prediction, 0);
      const [a, b] = [share * ofSparse, (1 - share) * Math.exp(dense.evidence)];
      expect(found['dense_bayes']![at]).toBeCloseTo(dense.prediction, 10);
      expect(found['sparse_bayes']![at]).toBeCloseTo(sparsePrediction, 10);
      expect(found['mixture_bayes']![at]).toBeCloseTo((a * sparsePrediction + b * dense.prediction) / (a + b), 10);
    }
  });

  it('are those of one kind where there is no other', () => {
    for (const [only, name] of [
      [0, 'dense_bayes'],
      [1, 'sparse_bayes'],
    ] as const) {
      const found = mixedPredictions(shown, { sparsity, share: only, noise });
      expect([...found['mixture_bayes']!]).toEqual([...found[name]!]);
    }
  });

  it('stay numbers where noise is next to nothing', () => {
    for (const values of Object.values(mixedPredictions(shown, { sparsity, share, noise: 1e-4 }))) {
      expect(values.every(Number.isFinite)).toBe(true);
    }
  });
});

describe('a mixture of dense and sparse functions', () => {
  const make = (more: object = {}) =>
    functionTaskOf('mixed_regression', { dim: 5, points: 8, ...more }, { evaluationPrompts: 400 });

  it('has functions of both kinds as often as told, and labels of both as large', () => {
    const { inputs, references } = make({ noise: 1e-6, sparse_share: 0.3 }).evaluation;
    /** Whether one input alone explains the labels of a prompt. */
    const isSparse = (prefix: string, p: number) => {
      const tokens = inputs[`${prefix}tokens`]!.data;
      const target = references[`${prefix}target`]!.data;
      return range(5).some((j) => {
        const slopes = range(8).map((i) => target[p * 8 + i]! / tokens[(p * 15 + 2 * i) * 5 + j]!);
        return slopes.every((slope) => Math.abs(slope / slopes[0]! - 1) < 1e-2);
      });
    };
    const share = (prefix: string) => range(400).filter((p) => isSparse(prefix, p)).length / 400;
    expect(Math.abs(share('') - 0.3)).toBeLessThan(0.08);
    expect([share('dense_'), share('sparse_')]).toEqual([0, 1]);
    for (const prefix of ['dense_', 'sparse_']) {
      const { data } = references[`${prefix}target`]!;
      const power = Array.from(data).reduce((sum, y) => sum + y * y, 0) / data.length;
      expect(Math.abs(power / 5 - 1)).toBeLessThan(0.25);
    }
  });

  it('makes each estimator the best on its own prompts', () => {
    const baselines: Record<string, Estimate> = Object.assign({}, ...make().evaluation.baselines());
    const last = (name: string, prefix: string) => baselines[`baseline/${name}/${prefix}error_last`]!.mean!;
    for (const [prefix, best] of [
      ['', 'mixture_bayes'],
      ['dense_', 'dense_bayes'],
      ['sparse_', 'sparse_bayes'],
    ] as const) {
      for (const other of ['mixture_bayes', 'dense_bayes', 'sparse_bayes']) {
        if (other !== best) expect(last(best, prefix), `${best} and ${other}`).toBeLessThan(last(other, prefix));
      }
    }
  });

  it('measures the distance from every estimator on every kind of prompts, by names that are known', async () => {
    const { evaluation } = make();
    const metrics = await measure(evaluation, firstNumber(0));
    const catalogue = new MetricCatalogue(knownMeasures());
    for (const name of Object.keys(metrics)) expect(catalogue.info(name), name).toBeDefined();
    const baselines: Record<string, Estimate> = Object.assign({}, ...evaluation.baselines());
    for (const name of Object.keys(baselines)) expect(catalogue.info(name), name).toBeDefined();
    for (const prefix of ['', 'dense_', 'sparse_']) {
      for (const name of ['mixture_bayes', 'dense_bayes', 'sparse_bayes', 'predictors_apart']) {
        const metric = name === 'predictors_apart' ? `${prefix}${name}` : `${prefix}${name}_distance`;
        expect(metrics[metric]!.mean, metric).toBeGreaterThan(0);
      }
    }
  });

  it('refuses more inputs than there are, and more sets of them than can be gone through', () => {
    expect(() => make({ sparsity: 6 })).toThrow('task.sparsity is 6 with task.dim 5; expected at most 5');
    expect(() => make({ dim: 40, sparsity: 20 })).toThrow(/takes [\d.e+]+ multiplications.*lower task\.sparsity/);
  });
});
