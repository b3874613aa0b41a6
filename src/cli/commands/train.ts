import type { CommandModule } from 'yargs';
import { UserError } from '../../core/errors.ts';
import { deviceNames } from '../../protocol/config.ts';

interface Arguments {
  preset: string | undefined;
  set: string[];
  seed: number | undefined;
  steps: number | undefined;
  device: string | undefined;
  threads: number | undefined;
  name: string | undefined;
  dir: string | undefined;
  resume: string | undefined;
  'in-place': boolean;
  paused: boolean;
  detach: boolean;
  headless: boolean;
  json: boolean;
}

/** `train [preset|file.json]`: start a run and watch it. */
export function trainCommand(exit: (code: number) => void): CommandModule<object, Arguments> {
  return {
    command: 'train [preset]',
    describe: 'Start a run and watch it (yang-quick unless named)',
    builder: (command) =>
      command
        .positional('preset', { type: 'string', describe: 'preset name or file.json' })
        .option('set', {
          type: 'string',
          array: true,
          nargs: 1,
          default: [] as string[],
          describe: 'path=value, e.g. train.steps=500 (repeatable)',
        })
        .option('seed', { type: 'number', describe: 'seed of every random stream' })
        .option('steps', { type: 'number', describe: 'total steps to reach' })
        .option('device', { choices: deviceNames, describe: 'engine to train on' })
        .option('threads', { type: 'number', describe: 'CPU threads, 0 chooses by measurement' })
        .option('name', { type: 'string', describe: 'name of the run' })
        .option('dir', { type: 'string', describe: 'folder that holds run folders (snapshots)' })
        .option('resume', {
          type: 'string',
          describe: 'snapshot, or run for its last one, to go on from, in a new run',
        })
        .option('in-place', {
          type: 'boolean',
          default: false,
          describe: 'with --resume: go on in the same run; what came after the snapshot no longer counts',
        })
        .option('paused', { type: 'boolean', default: false, describe: 'start paused' })
        .option('detach', { type: 'boolean', default: false, describe: 'start in the background and return' })
        .option('headless', { type: 'boolean', default: false, describe: 'plain text progress, no screen' })
        .option('json', { type: 'boolean', default: false, describe: 'one JSON event a line on stdout' })
        .check(({ detach, headless, json }) => {
          if (detach && (headless || json))
            throw new UserError({ what: '--detach goes without --headless and --json' });
          return true;
        }),
    async handler(flags) {
      const { prepareRun } = await import('../plan.ts');
      const interactive = Boolean(process.stdin.isTTY && process.stdout.isTTY);
      const plain = flags.headless || flags.json || (!interactive && !flags.detach);
      const { readPreferences } = await import('../preferences.ts');
      const folder = await prepareRun({ ...flags, inPlace: flags['in-place'] }, readPreferences(), !plain);
      if (plain) {
        const { trainHere } = await import('../headless.ts');
        return exit(await trainHere(folder, flags.json ? 'json' : 'text'));
      }
      const { detach, watch } = await import('../screen.ts');
      exit(await (flags.detach ? detach(folder) : watch(folder)));
    },
  };
}
