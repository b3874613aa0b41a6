import { expect, test } from 'vitest';
import { optimizers } from '../../../src/graph/optimizers/registry.ts';
import { models } from '../../../src/models/registry.ts';
import { tasks } from '../../../src/tasks/registry.ts';
import { smallRuns } from '../small_runs.ts';
import { bytesOf, historyOf, steered } from '../steered.ts';
import { expectSameEnd } from './cases.ts';

const cases = smallRuns();
const rules = Object.keys(optimizers).length;

test('every task and every model is among the cases', () => {
  const names = cases.map(([name]) => name);
  for (const task of tasks.keys())
    expect(
      names.some((name) => name.includes(` on ${task},`)),
      task,
    ).toBe(true);
  for (const model of models.keys())
    expect(
      names.some((name) => name.startsWith(`${model} on `)),
      model,
    ).toBe(true);
});

// The optimizers in turn; the slow tier goes through all of them for every task and model.
const inTurn = cases.filter((_, i) => i % rules === Math.floor(i / rules) % rules);

test.each(inTurn)('one go = resumed = fork of the resumed, same bytes: %s', (_name, settings) =>
  expectSameEnd(settings),
);

const training = { learning_rate: 0.01, weight_decay: 0.05, clip_norm: 1, batch: 4, steps: 12, unroll: 2 };
const rest = { evaluate: { every: 4, prompts: 5 }, snapshot: { occasions: false } };
const small = { name: 'decoder', layers: 1, heads: 2, width: 8, mlp_width: 8 };
const chains = { name: 'markov_chain', vocabulary: 3, length: 6 };
const pools = { name: 'pooled_regression', dim: 3, points: 5, pool: 4, zipf: 1, pool_period: 5 };

test.each<[string, Record<string, unknown>]>([
  [
    'layers of state spaces, looped, with RMS norms and tied embeddings',
    {
      task: chains,
      model: { ...small, mixer: 'state_space', loops: 2, norm: 'rms', tied_embeddings: true },
      train: { optimizer: 'adamw', ...training },
    },
  ],
  [
    'rates scaled from another width',
    { task: chains, model: { ...small, base_width: 4 }, train: { optimizer: 'momentum', ...training } },
  ],
  [
    'a pool that drifts',
    { task: { ...pools, pool_change: 'drift' }, model: small, train: { optimizer: 'adam', ...training } },
  ],
  [
    'a pool of chains that is drawn anew',
    {
      task: { ...chains, pool: 3, geometric: 0.5, pool_change: 'redraw', pool_period: 5 },
      model: small,
      train: { optimizer: 'adam', ...training },
    },
  ],
])('one go = resumed = fork of the resumed, same bytes: %s', (_name, settings) =>
  expectSameEnd({ ...settings, ...rest }),
);

test('a run that came to its end and goes on has the curves of one that was never left', async () => {
  const [, settings] = cases[0]!;
  const { train } = settings as { train: object };
  // Neither is an evaluation due at step 6, nor is it left out at the end of a run.
  const whole = await steered(settings, []);
  const first = await steered({ ...settings, train: { ...train, steps: 6 } }, []);
  expect(Object.values(first.snapshot.history).some(({ step }) => step.at(-1) === 6)).toBe(true);
  const more = await steered(settings, [], { file: first.fileOf(6), step: 6 });
  expect(historyOf(more.snapshot)).toEqual(historyOf(whole.snapshot));
  expect(bytesOf(more.snapshot)).toEqual(bytesOf(whole.snapshot));
});

test('a parameter that was trained, and is fixed when its run goes on, stays from there', async () => {
  const settings = (fixed: boolean, steps: number) => ({
    'model.fixed_q': fixed,
    'train.optimizer': 'adam',
    'train.steps': steps,
  });
  const first = await steered(settings(false, 6), []);
  const more = await steered(settings(true, 12), [], { file: first.fileOf(6), step: 6 });
  const [before, after] = [first, more].map(({ snapshot }) => snapshot.params);
  expect(after!['Q']!.data).toEqual(before!['Q']!.data);
  expect(after!['w']!.data).not.toEqual(before!['w']!.data);
});
