import { UserError } from '../../core/errors.ts';
import { command, optional } from '../parser/command.ts';

export const theoryCommand = command({
  name: 'theory',
  describe: 'Closed forms of a preset or snapshot without training; with --over as a curve',
  arguments: { source: optional('preset, file.json or snapshot') },
  options: {
    over: true,
    draws: true,
    metric: true,
    set: true,
    seed: 'first seed',
    json: true,
    csv: 'print the curve as comma-separated values',
  },
  check({ over, draws, csv }) {
    if (csv && over.length === 0) {
      throw new UserError({ what: '--csv prints a curve', fix: 'add --over, e.g. task.noise=0.01,0.1,1' });
    }
    if (!(Number.isSafeInteger(draws) && draws >= 1 && draws <= 1000)) {
      throw new UserError({ where: '--draws', what: `${draws} draws`, expected: 'a whole number from 1 to 1000' });
    }
  },
  run: async (flags) => (await import('../evaluate/theory.ts')).printTheory(flags),
});
