import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { hostTensor } from '../../src/core/tensor.ts';
import type { TaskDefinition } from '../../src/tasks/contract.ts';
import { tasks } from '../../src/tasks/registry.ts';
import { contextOf } from './context.ts';

const create = (name: string, settings: object, evaluationPrompts: number, more: object = {}) => {
  const definition: TaskDefinition = tasks.get(name)!;
  return definition.create(definition.schema.parse(settings), contextOf(0, { evaluationPrompts, ...more }));
};
const pattern = (settings: object, prompts = 8, more: object = {}) =>
  create('pattern_classification', settings, prompts, more);

const tokenTasks = ['markov_chain', 'repeated_sequence', 'bursty_classification', 'modular_sums'];

it.each(['representation_regression', 'pattern_classification', ...tokenTasks])(
  'more held-out prompts leave the first ones of every set as they are: %s',
  (name) => {
    const [few, many] = [create(name, {}, 5), create(name, {}, 40)];
    const sets = { ...many.evaluation.inputs, ...many.evaluation.references };
    const first = { ...few.evaluation.inputs, ...few.evaluation.references };
    expect(Object.keys(first).length).toBeGreaterThan(1);
    for (const [set, { data }] of Object.entries(first)) {
      expect(sets[set]!.data.slice(0, data.length), set).toEqual(data);
    }
  },
);

it('measures the label part of the neurons of every layer: norm, |cos| of its angle to q, and angles by the read-out', () => {
  const task = pattern({ basis: 'axes' }, 4);
  const { measure } = task.evaluation;
  // q is the first of 30 label directions, after 30 features: along q twice, against it, at 60°, and two small ones beside it.
  const parts = [[3], [2], [-4], [0.5, Math.sqrt(0.75)], [0, 0.1], [0, 0.1], [0, 0.2], [0.1]];
  const rows = new Float32Array(2 * 8 * 60);
  for (const [f, part] of parts.entries()) rows.set(part, f * 60 + 30);
  rows.fill(1, 8 * 60, 8 * 60 + 30);
  const predictions = ['trained', 'unseen', 'out_of_domain'].map((set) => [
    `${set}_prediction`,
    hostTensor([4, 1], new Float32Array(4)),
  ]);
  const at = [6, 8, 10, 12, 14, 16, 18, 20].map((l) => [
    `unseen_prediction_at_${l}`,
    hostTensor([4, 1], new Float32Array(4)),
  ]);
  const readout = Float32Array.from({ length: 16 }, (_, f) => (f % 8 === 2 ? -1 : 1));
  const found = measure({
    ...Object.fromEntries([...predictions, ...at]),
    matching_mass: hostTensor([4, 2, 1], new Float32Array(8)),
    token_embedding: hostTensor([2, 8, 60], rows),
    token_readout: hostTensor([2, 8], readout),
  });
  expect(found['label_norm/L0']!.mean).toBeCloseTo((3 + 2 + 4 + 1) / 4, 6);
  expect(found['label_alignment/L0']!.mean).toBeCloseTo((1 + 1 + 1 + 0.5) / 4, 6);
  expect(found['label_angle_positive/L0']!.mean).toBeCloseTo(Math.PI / 9, 5);
  expect(found['label_angle_negative/L0']!.mean).toBeCloseTo(Math.PI, 5);
  // Features do not count, and nothing points nowhere.
  expect(found['label_norm/L1']!.mean).toBe(0);
  expect(found['label_alignment/L1']!.mean).toBeCloseTo(0, 12);
});

describe('unseen tasks of the pattern task', () => {
  /** What a predictor measures that is wrong on every third prompt. */
  const measured = (settings: object) => {
    const task = pattern(settings, 240);
    const { data } = task.evaluation.references['unseen_target']!;
    const outputs: Record<string, ReturnType<typeof hostTensor>> = {
      matching_mass: hostTensor([240, 1, 1], new Float32Array(240)),
    };
    const wrong = Float32Array.from(data, (z, p) => (p % 3 === 0 ? -z : z));
    for (const set of ['trained', 'unseen', 'out_of_domain'])
      outputs[`${set}_prediction`] = hostTensor([240, 1], wrong);
    for (const l of [6, 8, 10, 12, 14, 16, 18, 20]) {
      outputs[`unseen_prediction_at_${l}`] = hostTensor([240, 1], wrong);
    }
    return task.evaluation.measure(outputs);
  };

  it('are measured apart: new pairs of patterns, and trained pairs with their labels exchanged', () => {
    // Of six patterns, shifts 1 and 2 are trained: 4 and 5 exchange their labels, 3 has pairs of its own.
    const two = measured({ trained_shifts: 2 });
    const [pairs, flips, all] = ['unseen_new_pairs_error', 'unseen_flips_error', 'unseen_error'].map(
      (name) => two[name]!,
    );
    expect(pairs).toMatchObject({ tasks: 6 });
    expect(flips).toMatchObject({ tasks: 12 });
    expect(pairs!.n + flips!.n).toBe(all!.n);
    expect((pairs!.n * pairs!.mean! + flips!.n * flips!.mean!) / all!.n).toBeCloseTo(all!.mean!, 12);
    // With three, every unseen task is a flip.
    const three = measured({ trained_shifts: 3 });
    expect(three).not.toHaveProperty('unseen_new_pairs_error');
    expect(three['unseen_flips_error']).toEqual(three['unseen_error']);
  });

  it('can be a random subset, which a snapshot keeps', () => {
    const task = pattern({ trained_shifts: 2, trained_subset: 'random' });
    const { shape, data } = task.fixed['trained']!;
    expect(shape).toEqual([12, 2]);
    const names = Array.from({ length: 12 }, (_, i) => `${data[2 * i]},${data[2 * i + 1]}`);
    expect(new Set(names).size).toBe(12);
    expect(names).not.toEqual(
      Array.from({ length: 12 }, (_, i) => `${i % 6},${((i % 6) + 1 + Math.floor(i / 6)) % 6}`),
    );
    const again = pattern({ trained_shifts: 2, trained_subset: 'random' }, 8, {
      ...contextOf(5),
      evaluationPrompts: 8,
      fixed: task.fixed,
    });
    expect(again.fixed['trained']).toEqual(task.fixed['trained']);
    const { trained: _, ...others } = task.fixed;
    expect(() => pattern({ trained_shifts: 2, trained_subset: 'random' }, 8, { fixed: others })).toThrow(UserError);
    // The patterns are those that whole shifts have.
    expect(others).toEqual(pattern({ trained_shifts: 2 }).fixed);
  });

  it('have a κ of their own', () => {
    const spread = (settings: object): number => {
      const { shape, data } = pattern({ kappa: 0, ...settings }, 60).evaluation.inputs['unseen_tokens']!;
      return Math.max(...data.filter((_, i) => i % shape[2]! >= 6 && i % shape[2]! < 30).map(Math.abs));
    };
    expect(spread({ basis: 'axes' })).toBe(0);
    expect(spread({ basis: 'axes', kappa_test: 1.5 })).toBeGreaterThan(2.5);
  });
});
