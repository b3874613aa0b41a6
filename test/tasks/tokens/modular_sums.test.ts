import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/core/random.ts';
import { hostTensor } from '../../../src/core/tensor.ts';
import type { Estimate } from '../../../src/protocol/events.ts';
import type { Task, TaskContext } from '../../../src/tasks/contract.ts';
import { exactPredictions } from '../../../src/tasks/modular/exact.ts';
import type { Sums } from '../../../src/tasks/modular/prompts.ts';
import { modularSums } from '../../../src/tasks/modular_sums.ts';
import reference from '../../fixtures/tokens.json' with { type: 'json' };
import { relativeError } from '../../fixtures/yang.ts';
import { contextOf } from '../context.ts';

const taskOf = (settings: object = {}, overrides: Partial<TaskContext> = {}, seed = 0): Task =>
  modularSums.create(modularSums.schema.parse(settings), contextOf(seed, overrides));

const { modular: known } = reference;

it('predicts what enumeration of all tasks that fit does', () => {
  const sums: Sums = {
    count: known.sums.shape[0]!,
    triples: known.sums.shape[1]!,
    modulus: known.p,
    pairs: Uint16Array.from(known.pairs.data),
    sums: Uint16Array.from(known.sums.data),
  };
  const all = Array.from({ length: known.p ** 2 }, (_, task) => task);
  expect(relativeError(exactPredictions(sums, all), known.prediction.data)).toBeLessThan(1e-9);
  // Of a pool of one wrong task nothing fits after the first sum that it does not give.
  const lost = exactPredictions({ ...sums, count: 1 }, [(known.task.data[0]! + 1) * known.p + known.task.data[1]!]);
  expect([...lost.slice(-known.p)]).toEqual(new Array(known.p).fill(expect.closeTo(1 / known.p, 12)));
});

describe('the task', () => {
  it('shows triples of one task and asks for every sum', () => {
    const task = taskOf({ modulus: 7, triples: 4, tasks: 10 });
    const { tokens, target } = task.training.draw(RandomStream.named(0, 'train'), 50, 0);
    const symbolsOf = (rows: Float32Array) =>
      Array.from({ length: rows.length / 7 }, (_, at) => rows.slice(at * 7, at * 7 + 7).indexOf(1));
    const [shown, sums] = [symbolsOf(tokens!), symbolsOf(target!)];
    const trained = [...task.fixed['trained']!.data];
    for (let p = 0; p < 50; p++) {
      const own = shown.slice(p * 11, (p + 1) * 11);
      const z = sums.slice(p * 4, (p + 1) * 4);
      expect([own[2], own[5], own[8]]).toEqual(z.slice(0, 3));
      const fits = (one: number) =>
        z.every((sum, i) => (Math.floor(one / 7) * own[3 * i]! + (one % 7) * own[3 * i + 1]!) % 7 === sum);
      expect(trained.some(fits)).toBe(true);
    }
    expect(task.sequence!.readout(11)).toEqual([1, 4, 7, 10]);
    expect(task.training.inputs(2)['target']!.map(({ size }) => size)).toEqual([2, 4, 7]);
  });

  it('measures sums of trained and of new tasks against the exact predictor', () => {
    const task = taskOf({ tasks: 15 }, { evaluationPrompts: 300 });
    const baselines: Record<string, Estimate> = Object.assign({}, ...task.evaluation.baselines());
    for (const prefix of ['', 'new_']) {
      expect(baselines[`baseline/exact/${prefix}accuracy_last`]!.mean!, prefix).toBeGreaterThan(0.99);
      expect(baselines[`baseline/exact/${prefix}loss_at/35`]!.mean!, prefix).toBeLessThan(0.02);
      const first = baselines[`baseline/exact/${prefix}loss_at/2`]!;
      expect(first.mean!).toBeLessThan(Math.log(5) + 0.2);
    }
    const even = hostTensor([300, 12, 5], new Float64Array(300 * 60));
    const measured = task.evaluation.measure({ prediction: even, new_prediction: even });
    expect(measured['eval_loss']!.mean).toBeCloseTo(Math.log(5), 12);
    expect(measured['new_accuracy_last']!.mean).toBeCloseTo(0.2, 12);
    // KL(exact ‖ even) is what the exact predictor is less uncertain of.
    expect(measured['exact_distance']!.mean!).toBeLessThan(Math.log(5));
    expect(measured['exact_distance']!.mean!).toBeGreaterThan(0.8 * Math.log(5));
    expect(taskOf().evaluation.inputs).not.toHaveProperty('new_tokens');
  });

  it('keeps its trained tasks, and refuses more than there are', () => {
    const task = taskOf({ tasks: 15 });
    expect(new Set(task.fixed['trained']!.data).size).toBe(15);
    expect(taskOf({ tasks: 15 }, { fixed: task.fixed }, 3).fixed).toEqual(task.fixed);
    expect(() => taskOf({ tasks: 14 }, { fixed: task.fixed })).toThrow('task/trained has shape [15]');
    expect(() => taskOf({ tasks: 26 })).toThrow(/task\.tasks is 26.*at most 25/);
    expect(() => taskOf({}, { loss: 'mse' })).toThrow(/train\.loss is mse/);
  });
});
