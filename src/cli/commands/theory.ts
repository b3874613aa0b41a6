import type { CommandModule } from 'yargs';
import { UserError } from '../../core/errors.ts';

interface Arguments {
  source: string | undefined;
  set: string[];
  over: string[];
  draws: number;
  metric: string | undefined;
  seed: number | undefined;
  json: boolean;
  csv: boolean;
}

/** `theory [SOURCE]`: closed forms, without training, also as functions of a setting. */
export const theoryCommand: CommandModule<object, Arguments> = {
  command: 'theory [source]',
  describe: 'Closed forms of a preset or snapshot without training; with --over as a curve',
  builder: (command) =>
    command
      .positional('source', { type: 'string', describe: 'preset, file.json or snapshot' })
      .option('over', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [] as string[],
        describe: 'path=FROM:TO:STEP, path=FROM:TO:xFACTOR or path=A,B,C: draw a curve over that setting (repeatable)',
      })
      .option('draws', { type: 'number', default: 1, describe: 'average over so many seeds' })
      .option('metric', { type: 'string', describe: 'which value to draw' })
      .option('set', { type: 'string', array: true, nargs: 1, default: [], describe: 'path=value (repeatable)' })
      .option('seed', { type: 'number', describe: 'first seed' })
      .option('json', { type: 'boolean', default: false, describe: 'print one JSON object' })
      .option('csv', { type: 'boolean', default: false, describe: 'print the curve as comma-separated values' })
      .check(({ over, draws, json, csv }) => {
        if (csv && json) throw new UserError({ what: 'both --csv and --json were given', fix: 'leave one out' });
        if (csv && over.length === 0) {
          throw new UserError({ what: '--csv prints a curve', fix: 'add --over, e.g. task.noise=0.01,0.1,1' });
        }
        if (!(Number.isSafeInteger(draws) && draws >= 1 && draws <= 1000)) {
          throw new UserError({ where: '--draws', what: `${draws} draws`, expected: 'a whole number from 1 to 1000' });
        }
        return true;
      }),
  async handler(flags) {
    const { printTheory } = await import('../theory.ts');
    await printTheory(flags);
  },
};
