import type { CommandModule } from 'yargs';
import { UserError } from '../../core/errors.ts';

interface Arguments {
  runs: string[];
  dir: string | undefined;
  json: boolean;
  csv: boolean;
  svg: string | undefined;
  png: string | undefined;
}

/** `compare A B [C …]`: runs or snapshots side by side. */
export const compareCommand: CommandModule<object, Arguments> = {
  command: 'compare <runs..>',
  describe: 'Put runs or snapshots side by side: curves, heads, metrics, settings',
  builder: (command) =>
    command
      .positional('runs', { type: 'string', array: true, demandOption: true, describe: 'two to six runs or snapshots' })
      .option('dir', { type: 'string', describe: 'folder that holds run folders (snapshots)' })
      .option('json', { type: 'boolean', default: false, describe: 'print one JSON object' })
      .option('csv', { type: 'boolean', default: false, describe: 'print the metrics as CSV' })
      .option('svg', { type: 'string', describe: 'file to write a picture to' })
      .option('png', { type: 'string', describe: 'file to write a picture to' })
      .check(({ json, csv }) => {
        if (json && csv) throw new UserError({ what: '--json and --csv exclude each other' });
        return true;
      }),
  async handler(flags) {
    const { compare } = await import('../compare.ts');
    await compare(flags);
  },
};
