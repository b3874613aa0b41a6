import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/core/errors.ts';
import { type Matrix, matrix, matrixOf, multiply, transpose } from '../../../src/core/linalg.ts';
import { RandomStream } from '../../../src/core/random.ts';
import { hostTensor } from '../../../src/core/tensor.ts';
import type { Estimate } from '../../../src/protocol/events.ts';
import type { Task, TaskContext } from '../../../src/tasks/contract.ts';
import { pairRegression } from '../../../src/tasks/pair_regression.ts';
import { predictionsOf } from '../../../src/tasks/pairs/evaluation.ts';
import { bestRate, bestStep, type PairSetting, riskOf } from '../../../src/tasks/pairs/step.ts';
import reference from '../../fixtures/linear-attention.json' with { type: 'json' };
import { relativeError } from '../../fixtures/yang.ts';
import { contextOf } from '../context.ts';

const { linear_attention: known } = reference;

const taskOf = (settings: object = {}, overrides: Partial<TaskContext> = {}, seed = 0): Task =>
  pairRegression.create(pairRegression.schema.parse(settings), contextOf(seed, overrides));
const multiple = (factor: number, size: number): Matrix =>
  matrix(
    size,
    size,
    Float64Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? factor : 0)),
  );

describe.each(['identity', 'covariance'] as const)('the best step for the %s of the reference', (name) => {
  const { Lambda, A, risk, zero_risk, best_scalar, scalar_risk, prediction } = known[name];
  const setting: PairSetting = {
    covariance: matrixOf(hostTensor(Lambda.shape, Float64Array.from(Lambda.data))),
    noise: known.sigma,
    examples: known.n,
  };

  it('has the preconditioner, the rate and the risks of independent float64 arithmetic', () => {
    expect(relativeError(bestStep(setting).data, A.data)).toBeLessThan(1e-9);
    expect(riskOf(bestStep(setting), setting)).toBeCloseTo(risk, 9);
    expect(riskOf(multiple(0, 4), setting)).toBeCloseTo(zero_risk, 9);
    expect(bestRate(setting)).toBeCloseTo(best_scalar, 9);
    expect(riskOf(multiple(bestRate(setting), 4), setting)).toBeCloseTo(scalar_risk, 9);
  });

  it('predicts what is predicted there', () => {
    const [count, examples, dim] = known.x.shape as [number, number, number];
    const tokens = new Float32Array(count * (examples + 1) * (dim + 1));
    for (let p = 0; p < count; p++) {
      for (let i = 0; i <= examples; i++) {
        const at = (p * (examples + 1) + i) * (dim + 1);
        const row = p * examples + i;
        const x =
          i < examples
            ? known.x.data.slice(row * dim, (row + 1) * dim)
            : known.query.data.slice(p * dim, (p + 1) * dim);
        tokens.set(x, at);
        tokens[at + dim] = i < examples ? known.y.data[row]! : 0;
      }
    }
    const prompts = { count, examples, dim, tokens, targets: new Float32Array(count) };
    expect(relativeError(predictionsOf(prompts, bestStep(setting)), prediction.data)).toBeLessThan(1e-9);
  });

  it('cannot be bettered by another matrix', () => {
    const best = bestStep(setting);
    const stream = RandomStream.named(0, 'task');
    for (let trial = 0; trial < 20; trial++) {
      const moved = matrix(
        4,
        4,
        best.data.map((entry) => entry + 0.05 * stream.fillGaussian(new Float64Array(1))[0]!),
      );
      expect(riskOf(moved, setting)).toBeGreaterThan(risk);
    }
  });
});

describe('regression from pairs', () => {
  const task = taskOf({ dim: 3, examples: 6 }, { evaluationPrompts: 4000 });

  it('has the risks of theory, on prompts', () => {
    const baselines: Record<string, Estimate> = Object.assign({}, ...task.evaluation.baselines());
    const expected = {
      zero: task.theory['initial_loss']!,
      gradient_step: task.theory['gradient_step_risk']!,
      preconditioned_step: task.theory['preconditioned_risk']!,
    };
    for (const [name, value] of Object.entries(expected)) {
      const { mean, stderr, n } = baselines[`baseline/${name}/query_error`]!;
      expect(n).toBe(4000);
      expect(Math.abs(mean! - value), name).toBeLessThan(4 * stderr!);
    }
    const error = (name: string) => baselines[`baseline/${name}/query_error`]!.mean!;
    expect(error('ridge')).toBeLessThan(error('preconditioned_step'));
    expect(error('preconditioned_step')).toBeLessThan(error('gradient_step'));
  });

  it('draws inputs of the covariance that it keeps', () => {
    const root = matrixOf(task.fixed['input_root']!);
    const covariance = multiply(root, transpose(root)).data;
    expect((covariance[0]! + covariance[4]! + covariance[8]!) / 3).toBeCloseTo(1, 6);
    const tokens = task.evaluation.inputs['tokens']!.data;
    const found = new Float64Array(9);
    for (let at = 0; at < tokens.length; at += 4) {
      for (let e = 0; e < 9; e++)
        found[e]! += (tokens[at + Math.floor(e / 3)]! * tokens[at + (e % 3)]!) / (tokens.length / 4);
    }
    // 28000 inputs: the standard error of an entry is below 0.02.
    for (const [e, entry] of found.entries()) expect(Math.abs(entry - covariance[e]!)).toBeLessThan(0.08);
    // The query comes without its label.
    expect(tokens[6 * 4 + 3]).toBe(0);
    expect(tokens[5 * 4 + 3]).not.toBe(0);
    // With a spectrum of 1, Λ = I.
    const round = matrixOf(taskOf({ dim: 3, spectrum: 1 }).fixed['input_root']!);
    expect(relativeError(multiply(round, transpose(round)).data, multiple(1, 3).data)).toBeLessThan(1e-6);
  });

  it('measures how far predictions are from those of the best step, and Â from A*', () => {
    const { target, step } = task.evaluation.references;
    const A = bestStep({
      covariance: multiply(matrixOf(task.fixed['input_root']!), transpose(matrixOf(task.fixed['input_root']!))),
      noise: 0.5,
      examples: 6,
    });
    const off = step!.data.map((value) => value + 0.5);
    const metrics = task.evaluation.measure({
      prediction: hostTensor([4000, 1], Float64Array.from(off)),
      preconditioner: hostTensor(
        [3, 3],
        A.data.map((entry) => 1.1 * entry),
      ),
    });
    expect(metrics['step_distance']!.mean).toBeCloseTo(0.25, 6);
    expect(metrics['preconditioner_error']!.mean).toBeCloseTo(0.1, 9);
    const squares = [...target!.data].map((value, p) => (off[p]! - value) ** 2);
    expect(metrics['query_error']!.mean).toBeCloseTo(squares.reduce((a, b) => a + b, 0) / 4000, 6);
    expect(metrics['eval_loss']).toEqual(metrics['query_error']);
    expect(task.evaluation.measure({ prediction: hostTensor([4000, 1], off) })).not.toHaveProperty(
      'preconditioner_error',
    );
  });

  it('takes its axes from a snapshot, if they fit', () => {
    expect(taskOf({ dim: 3 }, { fixed: task.fixed }, 7).fixed).toEqual(task.fixed);
    expect(() => taskOf({ dim: 4 }, { fixed: task.fixed })).toThrow(UserError);
    expect(() => taskOf({ dim: 4 }, { fixed: {} })).toThrow('task/input_root is missing');
  });
});
