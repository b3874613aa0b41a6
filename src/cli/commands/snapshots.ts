import { command, type Group, many, optional, required } from '../parser/command.ts';

const file = required('a snapshot, or a run');
const lastOfRun = required('a snapshot, or a run for its last one');

export const snapshotsCommand: Group = {
  name: 'snapshots',
  describe: 'List, show, verify, rename, remove or export snapshots',
  commands: [
    command({
      name: 'list',
      describe: 'Every snapshot: task, model, heads, step, best, size, age; forks under their parents',
      arguments: { run: optional('only this run') },
      options: { json: 'print JSON', dir: true },
      run: async (flags) => (await import('../snapshots/list.ts')).list(flags),
    }),
    command({
      name: 'show',
      describe: 'What a snapshot holds: configuration, curves, tensors, interventions',
      arguments: { file: lastOfRun },
      options: { json: 'print JSON', dir: true },
      run: async (flags) => (await import('../snapshots/show.ts')).show(flags),
    }),
    command({
      name: 'verify',
      describe: 'Read snapshots whole, check their sums and whether they can be used (all of the folder unless named)',
      arguments: { files: many() },
      options: { dir: true, rerun: true, from: true },
      run: async (flags) => (await import('../snapshots/verify.ts')).verify(flags),
    }),
    command({
      name: 'rename',
      describe: 'Rename a snapshot (it is then never deleted) or a run',
      arguments: { file, name: required() },
      options: { dir: true },
      run: async (flags) => (await import('../snapshots/change.ts')).rename(flags),
    }),
    command({
      name: 'remove',
      describe: 'Remove a snapshot, or a run with everything in it',
      arguments: { file },
      options: { dir: true, yes: true },
      run: async (flags) => (await import('../snapshots/change.ts')).remove(flags),
    }),
    command({
      name: 'export',
      describe: 'Write a snapshot in a form that other programs read',
      arguments: { file: lastOfRun },
      options: { dir: true, to: true, config: true, out: true },
      run: async (flags) => (await import('../snapshots/export.ts')).exportSnapshot(flags),
    }),
  ],
};
