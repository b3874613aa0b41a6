import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/core/errors.ts';
import { matrixOf } from '../../../src/core/linalg.ts';
import { hostTensor } from '../../../src/core/tensor.ts';
import { MetricCatalogue } from '../../../src/metrics/catalogue.ts';
import { knownMeasures } from '../../../src/models/known/measures.ts';
import type { Estimate } from '../../../src/protocol/events.ts';
import { predictionsOf } from '../../../src/tasks/pooled/predictors.ts';
import reference from '../../fixtures/diversity.json' with { type: 'json' };
import { firstNumber, functionTaskOf, measure } from '../functions/task.ts';

const { diversity } = reference;
const [count, points, dim] = diversity.x.shape as [number, number, number];

/** Largest difference over largest reference. */
function differenceOf(values: ArrayLike<number>, expected: readonly number[]): number {
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs(values[i]! - value))) / largest;
}

describe('both predictors', () => {
  const shown = {
    count,
    points,
    dim,
    inputs: Float32Array.from(diversity.x.data),
    labels: Float32Array.from(diversity.y.data),
  };
  const pool = matrixOf(hostTensor(diversity.pool.shape, Float64Array.from(diversity.pool.data)));
  const { ridge, pool_bayes } = predictionsOf(shown, { tasks: pool }, diversity.sigma);

  it('predict what independent float64 arithmetic does', () => {
    expect(differenceOf(ridge, diversity.ridge.data)).toBeLessThan(1e-9);
    expect(differenceOf(pool_bayes, diversity.dmmse.data)).toBeLessThan(1e-9);
  });

  it('have its errors and distance, on tasks of the pool and on new ones', () => {
    for (const kind of ['pool', 'new'] as const) {
      const prompts = [...Array(count).keys()].filter((p) => diversity.outside.data[p] === Number(kind === 'new'));
      const meanOf = (of: (at: number) => number) =>
        prompts
          .flatMap((p) => Array.from({ length: points }, (_, i) => of(p * points + i)))
          .reduce((a, b) => a + b, 0) /
        (prompts.length * points);
      const error = (of: Float64Array) => meanOf((at) => (of[at]! - shown.labels[at]!) ** 2);
      expect(error(ridge)).toBeCloseTo(diversity.mse[kind].ridge, 9);
      expect(error(pool_bayes)).toBeCloseTo(diversity.mse[kind].dmmse, 9);
      expect(meanOf((at) => (ridge[at]! - pool_bayes[at]!) ** 2 / dim)).toBeCloseTo(diversity.distance[kind], 9);
    }
  });

  it('stay finite where every likelihood is too small for a number', () => {
    const tiny = predictionsOf(shown, { tasks: pool }, 1e-3).pool_bayes;
    expect(tiny.every(Number.isFinite)).toBe(true);
    // Without noise the posterior stands on the task whose labels are nearest.
    const last = (count - 1) * points;
    let best = { distance: Number.POSITIVE_INFINITY, guess: Number.NaN };
    for (let m = 0; m < pool.rows; m++) {
      const guess = (i: number) =>
        Array.from({ length: dim }, (_, j) => pool.data[m * dim + j]! * shown.inputs[(last + i) * dim + j]!).reduce(
          (a, b) => a + b,
          0,
        );
      const distance = Array.from({ length: points - 1 }, (_, i) => (shown.labels[last + i]! - guess(i)) ** 2).reduce(
        (a, b) => a + b,
        0,
      );
      if (distance < best.distance) best = { distance, guess: guess(points - 1) };
    }
    expect(tiny[last + points - 1]).toBeCloseTo(best.guess, 9);
  });
});

describe('a pool of tasks', () => {
  const settings = { dim: 3, points: 5, pool: 4, noise: 0.5 };
  const make = (more: object = {}, overrides: object = {}, seed = 0) =>
    functionTaskOf('pooled_regression', { ...settings, ...more }, { evaluationPrompts: 400, ...overrides }, seed);
  const task = make();

  it('is nested, is kept in snapshots, and is taken from one', () => {
    const { pool } = task.fixed;
    expect(pool!.shape).toEqual([4, 3]);
    expect(make({ pool: 8 }).fixed['pool']!.data.subarray(0, 12)).toEqual(pool!.data);
    const again = make({}, { fixed: task.fixed }, 5);
    expect(again.fixed['pool']).toEqual(pool);
    expect(() => make({ pool: 8 }, { fixed: task.fixed })).toThrow(UserError);
    expect(() => make({}, { fixed: {} })).toThrow('task/pool is missing');
  });

  it('is what training and held-out prompts are drawn from, and new prompts are not', () => {
    const exact = make({ noise: 1e-6 });
    const { pool } = exact.fixed;
    /** Whether some task of the pool fits every label of a prompt. */
    const fits = (tokens: ArrayLike<number>, targets: ArrayLike<number>, p: number) =>
      Array.from({ length: 4 }, (_, m) => m).some((m) =>
        Array.from({ length: 5 }, (_, i) => {
          const at = (p * 9 + 2 * i) * 3;
          const guess = [0, 1, 2].reduce((sum, j) => sum + pool!.data[m * 3 + j]! * tokens[at + j]!, 0);
          return Math.abs(guess - targets[p * 5 + i]!) < 1e-4;
        }).every(Boolean),
      );
    const { inputs, references } = exact.evaluation;
    const shares = ['', 'new_'].map((prefix) => {
      const [tokens, target] = [inputs[`${prefix}tokens`]!.data, references[`${prefix}target`]!.data];
      return [...Array(400).keys()].filter((p) => fits(tokens, target, p)).length;
    });
    expect(shares).toEqual([400, 0]);
  });

  it('measures the distance of a network from both predictors, on pool and new tasks', async () => {
    const metrics = await measure(task.evaluation, firstNumber(0));
    const baselines: Record<string, Estimate> = Object.assign({}, ...task.evaluation.baselines());
    const pool = matrixOf(task.fixed['pool']!);
    for (const prefix of ['', 'new_']) {
      const tokens = task.evaluation.inputs[`${prefix}tokens`]!.data;
      const targets = task.evaluation.references[`${prefix}target`]!.data as Float32Array;
      const inputs = Float32Array.from({ length: 400 * 15 }, (_, at) => {
        const [p, i, j] = [Math.floor(at / 15), Math.floor((at % 15) / 3), at % 3];
        return tokens[(p * 9 + 2 * i) * 3 + j]!;
      });
      const shown = { count: 400, points: 5, dim: 3, inputs, labels: targets };
      for (const [name, predicted] of Object.entries(predictionsOf(shown, { tasks: pool }, 0.5))) {
        // A network that predicts 0 is as far from a predictor as this predicts, and wrong by the square of the label.
        const square =
          predicted.reduce((sum: number, value: number) => sum + value * value, 0) / (3 * predicted.length);
        expect(metrics[`${prefix}${name}_distance`]!.mean).toBeCloseTo(square, 9);
        const error =
          Array.from({ length: 400 }, (_, p) => (predicted[p * 5 + 4]! - targets[p * 5 + 4]!) ** 2).reduce(
            (a, b) => a + b,
            0,
          ) / 400;
        expect(baselines[`baseline/${name}/${prefix}error_last`]!.mean).toBeCloseTo(error, 9);
      }
      expect(metrics[`${prefix}eval_loss`]!.mean).toBeGreaterThan(0);
    }
    const catalogue = new MetricCatalogue(knownMeasures());
    for (const name of [...Object.keys(metrics), ...Object.keys(baselines)]) {
      expect(catalogue.info(name), name).toBeDefined();
    }
  });

  it('makes Bayes over it the best on its own tasks, and ridge on new ones', () => {
    const baselines: Record<string, Estimate> = Object.assign({}, ...task.evaluation.baselines());
    const last = (name: string) => baselines[`baseline/${name}`]!.mean!;
    expect(last('pool_bayes/error_last')).toBeLessThan(last('ridge/error_last'));
    expect(last('ridge/new_error_last')).toBeLessThan(last('pool_bayes/new_error_last'));
    expect(last('ridge/error_last')).toBeLessThan(last('zero/error_last'));
    const { mean, stderr } = baselines['baseline/zero/error_last']!;
    expect(Math.abs(mean! - task.theory['baseline/zero/error_last']!)).toBeLessThan(4 * stderr!);
  });

  it('is refused where Bayes over it would take too long', () => {
    expect(() => make({ pool: 1_000_000 })).toThrow(/takes [\d.e+]+ multiplications.*lower task\.pool/);
  });
});
