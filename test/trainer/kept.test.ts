import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { folderRecord } from '../../src/runs/open_replay.ts';
import { listSnapshots, readSnapshot } from '../../src/snapshots/store.ts';
import { type Script, steered } from './steered.ts';

const save = { at: 10, request: { type: 'snapshot', why: 'key' } } as const;
const prune = (edit: string) => ({ at: 10, request: { type: 'mask', scope: 'clamp', edits: [edit] } }) as const;
const file = 'step-00000010.safetensors';
const further = 'step-00000010-2.safetensors';

/** Names of the snapshots of a run, and what each has pruned of four heads. */
async function savedBy(script: Script) {
  const settings = { 'train.steps': 20, 'snapshot.every': 10, 'snapshot.keep': 1, 'snapshot.occasions': false };
  const { fileOf } = await steered(settings, script);
  const folder = dirname(fileOf(0));
  const listed = await listSnapshots(folder);
  const heads: Record<string, number[]> = {};
  for (const { file, path } of listed) heads[file] = [...(await readSnapshot(path)).snapshot.mask!.heads.data];
  return { folder, names: listed.map((one) => one.file), heads };
}

test('what is saved by key stays when another state is saved at the same step', async () => {
  const { folder, names, heads } = await savedBy([save, save, prune('-L0H1'), save, save, prune('-L0H2'), save]);
  expect(names).toEqual([file, further, 'step-00000010-3.safetensors', 'step-00000020.safetensors']);
  expect(names.slice(0, 3).map((name) => heads[name])).toEqual([
    [1, 1, 1, 1],
    [1, 0, 1, 1],
    [1, 0, 0, 1],
  ]);
  const { stops } = await folderRecord(folder);
  expect(stops.flatMap((stop) => stop.file ?? [])).toEqual(names);
});

test('an automatic snapshot stays once it is marked', async () => {
  const mark = (marked: boolean) => ({ at: 10, request: { type: 'mark', file, marked } }) as const;
  const automatic = { at: 10, request: { type: 'snapshot', why: 'automatic' } } as const;
  const kept = await savedBy([mark(true), prune('-L0H1'), automatic]);
  // The unmarked one gives way to the next.
  expect(kept.names).toEqual([file, 'step-00000020.safetensors']);
  expect(kept.heads[file]).toEqual([1, 1, 1, 1]);
  const given = await savedBy([mark(true), mark(false), prune('-L0H1'), save]);
  expect(given.heads[file]).toEqual([1, 0, 1, 1]);
  expect(readdirSync(given.folder)).not.toContain(further);
  expect((await readSnapshot(join(given.folder, 'step-00000020.safetensors'))).snapshot.step).toBe(20);
});
