import type { CommandModule } from 'yargs';
import { UserError } from '../../core/errors.ts';
import { deviceNames } from '../../protocol/config.ts';

interface Arguments {
  file: string;
  dir: string | undefined;
  set: string[];
  prompts: number | undefined;
  seed: number | undefined;
  mask: string | undefined;
  device: string | undefined;
  threads: number | undefined;
  baselines: boolean;
  attention: boolean;
  predictions: boolean;
  over: string[];
  csv: boolean;
  json: boolean;
}

/** `eval FILE`: evaluate a snapshot. */
export const evalCommand: CommandModule<object, Arguments> = {
  command: 'eval <file>',
  describe: 'Evaluate a snapshot: metrics in and out of domain, baselines, theory',
  builder: (command) =>
    command
      .positional('file', { type: 'string', demandOption: true, describe: 'a snapshot, or a run for its last one' })
      .option('dir', { type: 'string', describe: 'folder that holds run folders (snapshots)' })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [] as string[],
        describe: 'path=value, e.g. task.noise=0.1 (repeatable); tokens and features stay those of the snapshot',
      })
      .option('prompts', { type: 'number', describe: 'held-out prompts of each kind' })
      .option('seed', { type: 'number', describe: 'seed of the held-out prompts' })
      .option('mask', { type: 'string', describe: 'parts to prune or restore, e.g. "-L0H3,-L1N4-9"' })
      .option('device', { choices: deviceNames, describe: 'engine to compute on' })
      .option('threads', { type: 'number', describe: 'CPU threads' })
      .option('baselines', {
        type: 'boolean',
        default: true,
        describe: 'measure predictors without training too; --no-baselines saves their time',
      })
      .option('attention', { type: 'boolean', default: false, describe: 'add the attention patterns (with --json)' })
      .option('predictions', { type: 'boolean', default: false, describe: 'add predictions and targets (with --json)' })
      .option('over', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [] as string[],
        describe:
          'path=FROM:TO:STEP, path=FROM:TO:xFACTOR or path=A,B,C: measure with each value (repeatable: all combinations)',
      })
      .option('csv', { type: 'boolean', default: false, describe: 'print comma-separated values' })
      .option('json', { type: 'boolean', default: false, describe: 'print one JSON object' })
      .check(({ attention, predictions, json, csv }) => {
        if (csv && json) throw new UserError({ what: 'both --csv and --json were given', fix: 'leave one out' });
        if ((attention || predictions) && !json)
          throw new UserError({ what: '--attention and --predictions print JSON', fix: 'add --json' });
        return true;
      }),
  async handler(flags) {
    const { evaluateFile } = await import('../evaluation.ts');
    await evaluateFile(flags);
  },
};
