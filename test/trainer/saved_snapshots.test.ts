import { expect, test } from 'vitest';
import { StorageError } from '../../src/core/files.ts';
import type { EventBody } from '../../src/protocol/events.ts';
import { SavedSnapshots } from '../../src/trainer/loop/saved_snapshots.ts';
import { DiskTrouble } from '../../src/trainer/loop/trouble.ts';
import { ManualClock } from './fake_session.ts';

/** A keeper of one automatic snapshot, and what it said and removed. */
function keeperOfOne() {
  const told: EventBody[] = [];
  const removed: string[] = [];
  const gone = new Set<string>();
  const refused = new Set<string>();
  let step = 0;
  const keeper = new SavedSnapshots({
    snapshot: { keep: 1, occasions: false, spread: 16, spread_mb: 256 },
    trouble: new DiskTrouble({
      port: { emit: (body) => told.push(body) },
      clock: new ManualClock(),
      unattended: false,
      hold: () => {},
      release: () => {},
    }),
    port: {
      emit: (body) => told.push(body),
      save: async () => `step-${step}.safetensors`,
      sizeOf: async (file) => (gone.has(file) ? undefined : 1),
      remove: async (file) => {
        if (refused.has(file)) throw new StorageError(file, new Error('EACCES: permission denied'));
        removed.push(file);
      },
    },
  });
  const save = () => keeper.save(++step, 'automatic');
  return { keeper, save, told, removed, gone, refused };
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
  expect(told.at(-2)).toEqual({ type: 'snapshot_marked', step: 4, file: 'step-1.safetensors', marked: false });
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

test('what is given up is journalled, with the reason', async () => {
  const { save, told } = keeperOfOne();
  for (let i = 0; i < 2; i++) await save();
  expect(told.at(-1)).toEqual({ type: 'snapshot_removed', step: 2, file: 'step-1.safetensors', why: 'thinned' });
});

test('what cannot be removed stays, is said once, and goes with a later save', async () => {
  const { save, told, removed, refused } = keeperOfOne();
  await save();
  refused.add('step-1.safetensors').add('step-2.safetensors');
  for (let i = 0; i < 2; i++) expect(await save()).toBe(true);
  const notices = told.filter(({ type }) => type === 'alert');
  expect(notices).toHaveLength(1);
  expect(notices[0]).toMatchObject({ kind: 'notice', message: expect.stringContaining('cannot be removed and stay') });
  expect(removed).toEqual([]);
  refused.clear();
  await save();
  expect(removed).toEqual(['step-1.safetensors', 'step-2.safetensors', 'step-3.safetensors']);
});

test('what a person removed is journalled, by command at once, by hand when the next is saved', async () => {
  const { keeper, save, told, gone } = keeperOfOne();
  await save();
  await keeper.mark(1, 'step-1.safetensors', true);
  await save();
  gone.add('step-1.safetensors');
  await save();
  const removals = () => told.filter(({ type }) => type === 'snapshot_removed');
  expect(removals()).toContainEqual({ type: 'snapshot_removed', step: 3, file: 'step-1.safetensors', why: 'gone' });
  await keeper.remove(3, 'step-3.safetensors');
  expect(removals().at(-1)).toEqual({ type: 'snapshot_removed', step: 3, file: 'step-3.safetensors', why: 'command' });
  // The state is saved no more.
  expect(keeper.holds(3)).toBe(false);
  await expect(keeper.mark(3, 'step-1.safetensors', true)).rejects.toThrow('step-1.safetensors is gone');
  await expect(keeper.remove(3, '../other.safetensors')).rejects.toThrow('no snapshot of this run');
});
