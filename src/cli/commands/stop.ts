import type { CommandModule } from 'yargs';

interface Arguments {
  runs: string[];
  all: boolean;
}

/** `stop [runs..]`: end runs that are going, saved. */
export const stopCommand: CommandModule<object, Arguments> = {
  command: 'stop [runs..]',
  describe: 'Stop runs that are going, and save: as ctrl+c does on their screen',
  builder: (command) =>
    command
      .positional('runs', {
        type: 'string',
        array: true,
        default: [] as string[],
        describe: 'names or folders, if several are going',
      })
      .option('all', { type: 'boolean', default: false, describe: 'every run that is going' }),
  async handler({ runs, all }) {
    const { stop } = await import('../stop.ts');
    await stop(runs, all);
  },
};
