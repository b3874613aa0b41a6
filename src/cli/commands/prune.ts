import type { CommandModule } from 'yargs';
import { deviceNames } from '../../protocol/config.ts';
import { orders, scoreNames } from '../../pruning/names.ts';

interface Arguments {
  file: string;
  dir: string | undefined;
  heads: string | undefined;
  neurons: string | undefined;
  fraction: number | undefined;
  parts: 'heads' | 'neurons' | undefined;
  by: string | undefined;
  score: (typeof scoreNames)[number] | undefined;
  order: (typeof orders)[number] | undefined;
  curve: string | undefined;
  repeats: number | undefined;
  metric: string | undefined;
  compact: string | undefined;
  set: string[];
  prompts: number | undefined;
  seed: number | undefined;
  device: string | undefined;
  threads: number | undefined;
  csv: boolean;
  json: boolean;
}

/** `prune FILE`: what a snapshot measures with parts of it pruned, and a smaller snapshot without them. */
export const pruneCommand: CommandModule<object, Arguments> = {
  command: 'prune <file>',
  describe: 'Prune heads or neurons of a snapshot: what it costs, as one number or as a curve; write a smaller model',
  builder: (command) =>
    command
      .positional('file', { type: 'string', demandOption: true, describe: 'a snapshot, or a run for its last one' })
      .option('dir', { type: 'string', describe: 'folder that holds run folders (snapshots)' })
      .option('heads', { type: 'string', describe: 'heads to prune, e.g. L0H3,L1H0-2' })
      .option('neurons', { type: 'string', describe: 'neurons to prune, e.g. L0N1-9,L2N17' })
      .option('fraction', { type: 'number', describe: 'fraction of every layer to prune, e.g. 0.2' })
      .option('curve', { type: 'string', describe: 'fractions from:to:step, e.g. 0:0.4:0.05 (the default)' })
      .option('parts', { choices: ['heads', 'neurons'] as const, describe: 'of what; neurons where the model has any' })
      .option('by', {
        choices: ['magnitude', 'random', 'largest', 'attention', 'gradient'],
        describe: 'short for --score or --order',
      })
      .option('score', { choices: scoreNames, describe: 'how parts are ranked' })
      .option('order', { choices: orders, describe: 'which go first; a curve shows all orders unless told' })
      .option('repeats', { type: 'number', describe: 'random orders to average over' })
      .option('metric', { type: 'string', describe: 'metric to show, e.g. unseen_error' })
      .option('compact', { type: 'string', describe: 'file to write a smaller snapshot to, without what is pruned' })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [] as string[],
        describe: 'path=value for the measurement, e.g. task.noise=0.1 (repeatable)',
      })
      .option('prompts', { type: 'number', describe: 'held-out prompts of each kind' })
      .option('seed', { type: 'number', describe: 'seed of the held-out prompts and of random orders' })
      .option('device', { choices: deviceNames, describe: 'engine to compute on' })
      .option('threads', { type: 'number', describe: 'CPU threads' })
      .option('csv', { type: 'boolean', default: false, describe: 'print every metric of every point as CSV' })
      .option('json', { type: 'boolean', default: false, describe: 'print one JSON object' }),
  async handler(flags) {
    const { pruneFile } = await import('../pruning/prune.ts');
    await pruneFile(flags);
  },
};
