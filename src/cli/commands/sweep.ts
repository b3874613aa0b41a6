import { UserError } from '../../core/errors.ts';
import { command, type Group, required } from '../parser/command.ts';

const resultsCommand = command({
  name: 'results',
  describe: 'What a sweep has come to: a table over seeds, rows as CSV or JSON, figures',
  arguments: { name: required('the sweep') },
  options: {
    dir: true,
    metric: 'which metric (the one that runs are judged by)',
    value: true,
    rows: true,
    columns: true,
    csv: 'print a row for every run and metric',
    json: 'print the same as JSON',
    markdown: true,
    latex: true,
    figure: true,
    svg: true,
    png: true,
  },
  check({ csv, json, markdown, latex }) {
    const forms = Object.entries({ csv, json, markdown, latex }).flatMap(([name, given]) =>
      given ? [`--${name}`] : [],
    );
    if (forms.length > 1)
      throw new UserError({ what: `${forms.join(' and ')} do not go together`, fix: 'leave one out' });
  },
  run: async (flags) => (await import('../sweep/results.ts')).sweepResults(flags),
});

const startCommand = command({
  name: 'sweep',
  describe: 'Train every combination of settings and seeds; the same command goes on where it stopped',
  arguments: { source: required('preset, configuration or sweep file') },
  options: {
    grid: true,
    zip: true,
    seeds: true,
    set: true,
    steps: true,
    budget: true,
    name: 'name of the sweep (preset and what varies)',
    dir: true,
    jobs: true,
    threads: 'CPU threads of each run',
    device: true,
    nice: true,
    retry: true,
    skipImpossible: true,
    dryRun: true,
    force: 'take the sweep over at once from a process on another host, which ends',
    json: 'print the results as JSON',
  },
  check({ jobs, nice }) {
    if (jobs !== undefined && !(Number.isInteger(jobs) && jobs >= 1)) {
      throw new UserError({ where: '--jobs', what: `is ${jobs}`, expected: 'a whole number from 1' });
    }
    if (!(Number.isInteger(nice) && nice >= 0 && nice <= 19)) {
      throw new UserError({ where: '--nice', what: `is ${nice}`, expected: 'a whole number from 0 to 19' });
    }
  },
  run: async (flags) => (await import('../sweep/sweep.ts')).sweep(flags),
});

export const sweepCommand: Group = {
  name: 'sweep',
  describe: startCommand.describe!,
  commands: [resultsCommand],
  otherwise: startCommand,
};
