import { expect, it } from 'vitest';
import { loadEngine } from '../../../src/engine/registry.ts';
import { Recorder } from '../../../src/graph/symbolic.ts';
import type { Task } from '../../../src/tasks/contract.ts';
import { tasks } from '../../../src/tasks/registry.ts';
import { compute } from '../../models/network.ts';
import { contextOf } from '../context.ts';

/** What matches in the prompts of a task's probe, and what screens call its tokens. */
async function matchOf(name: string, settings: object) {
  const definition = tasks.get(name)!;
  const task: Task = definition.create(definition.schema.parse(settings), contextOf(0, { probePrompts: 3 }));
  const { tokens } = task.probe.inputs;
  const recorder = new Recorder();
  const input = recorder.input(
    'tokens',
    tokens!.shape.map((size, i) => ({ name: `axis ${i}`, size })),
  );
  const { match } = await compute(
    await loadEngine('reference'),
    recorder,
    { match: task.sequence!.match!({ tokens: input }) },
    { tokens: tokens! },
  );
  const T = tokens!.shape[1]!;
  expect(match!.shape).toEqual([3, T, T]);
  const symbol = (p: number, t: number) => String.fromCodePoint(task.probe.references['symbols']!.data[p * T + t]!);
  return { T, symbol, at: (p: number, t: number, j: number) => match!.data[(p * T + t) * T + j]! };
}

it.each([
  ['markov_chain', { length: 30 }, 1],
  ['markov_chain', { length: 30, order: 2 }, 2],
  ['repeated_sequence', {}, 1],
] as const)('in %s %o what came after the same %d symbols matches', async (name, settings, order) => {
  const { T, symbol, at } = await matchOf(name, settings);
  for (let p = 0; p < 3; p++) {
    for (let t = 0; t < T; t++) {
      for (let j = 0; j <= t; j++) {
        const before = Array.from({ length: order }, (_, i) => [j - 1 - i, t - i] as const);
        const isSame = before.every(([a, b]) => a >= 0 && b >= 0 && symbol(p, a) === symbol(p, b));
        expect(at(p, t, j), `${p} ${t} ${j}`).toBe(Number(isSame));
      }
    }
  }
});

it('in bursty classification the labels of exemplars of the same class match', async () => {
  const { T, symbol, at } = await matchOf('bursty_classification', { classes: 16, labels: 4, dim: 200 });
  let found = 0;
  for (let p = 0; p < 3; p++) {
    for (let t = 0; t < T; t++) {
      for (let j = 0; j <= t; j++) {
        const isLabelOf = t % 2 === 0 && j % 2 === 1 && symbol(p, j - 1) === symbol(p, t);
        expect(at(p, t, j), `${p} ${t} ${j}`).toBe(Number(isLabelOf));
        found += Number(isLabelOf);
      }
    }
  }
  // Of the query alone there are two in every prompt.
  expect(found).toBeGreaterThan(6);
});
