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

test('a run that came to its end and goes on has the curves of one that was never left', async () => {
  const [, settings] = cases[0]!;
  const { train } = settings as { train: object };
  // Neither is an evaluation due at step 6, nor is it left out at the end of a run.
  const whole = await steered(settings, []);
  const first = await steered({ ...settings, train: { ...train, steps: 6 } }, []);
  expect(Object.values(first.snapshot.history).some(({ step }) => step.at(-1) === 6)).toBe(true);
  const rest = await steered(settings, [], { file: first.fileOf(6), step: 6 });
  expect(historyOf(rest.snapshot)).toEqual(historyOf(whole.snapshot));
  expect(bytesOf(rest.snapshot)).toEqual(bytesOf(whole.snapshot));
});
