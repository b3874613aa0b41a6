import { expect, test } from 'vitest';
import type { EventBody } from '../../src/protocol/events.ts';
import { Keeper } from '../../src/trainer/loop/keeper.ts';

/** A keeper of one automatic snapshot, and what it said and removed. */
function keeperOfOne() {
  const told: EventBody[] = [];
  const removed: string[] = [];
  let step = 0;
  const keeper = new Keeper({
    keep: 1,
    unattended: false,
    hold: () => {},
    port: {
      emit: (body) => told.push(body),
      save: async () => `step-${step}.safetensors`,
      remove: async (file) => {
        removed.push(file);
      },
    },
  });
  const save = () => keeper.save(++step, 'automatic');
  return { keeper, save, told, removed };
}

test('a marked snapshot stays until the mark is taken away', async () => {
  const { keeper, save, told, removed } = keeperOfOne();
  await save();
  await keeper.mark(1, 'step-1.safetensors', true);
  await keeper.mark(1, 'step-1.safetensors', true);
  for (let i = 0; i < 3; i++) await save();
  expect(removed).toEqual(['step-2.safetensors', 'step-3.safetensors']);
  await keeper.mark(4, 'step-1.safetensors', false);
  expect(removed).toEqual(['step-2.safetensors', 'step-3.safetensors', 'step-1.safetensors']);
  expect(told.at(-1)).toEqual({ type: 'snapshot_marked', step: 4, file: 'step-1.safetensors', marked: false });
});

test('marks of snapshots from before are journalled; nothing outside the folder can be named', async () => {
  const { keeper, save, told, removed } = keeperOfOne();
  await keeper.mark(0, 'earlier.safetensors', true);
  expect(told.at(-1)).toMatchObject({ type: 'snapshot_marked', file: 'earlier.safetensors' });
  await keeper.mark(0, 'earlier.safetensors', false);
  await save();
  expect(removed).toEqual([]);
  for (const name of ['../other.safetensors', 'run.json', 'a/b.safetensors', '']) {
    await expect(keeper.mark(0, name, true)).rejects.toThrow('no snapshot of this run');
  }
});
