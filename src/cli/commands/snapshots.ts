import type { Argv, CommandModule } from 'yargs';
import {
  type ExportArguments,
  exportFormats,
  type FileArguments,
  type FolderArguments,
  type ListArguments,
  type VerifyArguments,
} from '../snapshots/arguments.ts';

/** `snapshots list|show|verify|rename|remove|export`. */
export function snapshotsCommand(exit: (code: number) => void): CommandModule {
  return {
    command: 'snapshots',
    describe: 'List, show, verify, rename, remove or export snapshots',
    builder: (command) =>
      command
        .command<ListArguments>(
          'list [run]',
          'Every snapshot: task, model, heads, step, best, size, age; forks under their parents',
          (list) => withFolder(withJson(list)).positional('run', { type: 'string', describe: 'only this run' }),
          async (flags) => (await import('../snapshots/list.ts')).list(flags),
        )
        .command<FileArguments & { json: boolean }>(
          'show <file>',
          'What a snapshot holds: configuration, curves, tensors, interventions',
          (show) => withFolder(withJson(withFile(show))),
          async (flags) => (await import('../snapshots/show.ts')).show(flags),
        )
        .command<VerifyArguments>(
          'verify [files..]',
          'Read snapshots whole, check their sums and whether they can be used (all of the folder unless named)',
          (verify) => withFolder(verify).positional('files', { type: 'string', array: true, default: [] as string[] }),
          async (flags) => exit(await (await import('../snapshots/verify.ts')).verify(flags)),
        )
        .command<FileArguments & { name: string }>(
          'rename <file> <name>',
          'Name a snapshot, which then is never given up, or a run',
          (rename) => withFolder(withFile(rename)).positional('name', { type: 'string', demandOption: true }),
          async (flags) => (await import('../snapshots/change.ts')).rename(flags),
        )
        .command<FileArguments & { yes: boolean }>(
          'remove <file>',
          'Remove a snapshot, or a run with everything in it',
          (remove) =>
            withFolder(withFile(remove)).option('yes', {
              type: 'boolean',
              default: false,
              describe: 'do not ask',
            }),
          async (flags) => (await import('../snapshots/change.ts')).remove(flags),
        )
        .command<ExportArguments>(
          'export <file>',
          'Write a snapshot in a form that other programs read',
          (command) =>
            withFolder(withFile(command))
              .option('to', { choices: exportFormats, demandOption: true, describe: 'the form' })
              .option('out', { type: 'string', describe: 'file to write; beside the snapshot unless said' }),
          async (flags) => (await import('../snapshots/export.ts')).exportSnapshot(flags),
        )
        .demandCommand(1, 'snapshots needs one of list, show, verify, rename, remove, export'),
    handler: () => {},
  };
}

function withFolder<T>(command: Argv<T>): Argv<T & FolderArguments> {
  return command.option('dir', { type: 'string', describe: 'folder that holds run folders (snapshots)' });
}

function withJson<T>(command: Argv<T>): Argv<T & { json: boolean }> {
  return command.option('json', { type: 'boolean', default: false, describe: 'print JSON' });
}

function withFile<T>(command: Argv<T>): Argv<T & { file: string }> {
  return command.positional('file', { type: 'string', demandOption: true, describe: 'a snapshot' });
}
