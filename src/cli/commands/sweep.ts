import { UserError } from '../../core/errors.ts';
import { command, type Group, required } from '../parser/command.ts';
import { checkPool, poolOptions } from './pool_options.ts';

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
  check({ csv, json, markdown, latex, figure, svg, png, rows, columns }) {
    const forms = Object.entries({ csv, json, markdown, latex }).flatMap(([name, given]) =>
      given ? [`--${name}`] : [],
    );
    if (forms.length > 1)
      throw new UserError({ what: `${forms.join(' and ')} do not go together`, fix: 'leave one out' });
    const drawn = svg !== undefined || png !== undefined;
    if (figure !== undefined && !drawn) throw new UserError({ what: '--figure needs --svg or --png' });
    if ((csv || json) && !drawn && (rows !== undefined || columns !== undefined)) {
      throw new UserError({ what: `--rows and --columns lay out tables and figures; ${forms[0]} has every run` });
    }
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
    threads: 'CPU threads of each run',
    device: true,
    retry: true,
    skipImpossible: true,
    dryRun: true,
    ...poolOptions,
    detach: true,
    headless: 'plain lines, no screen',
    force: 'take the sweep over at once from a process on another host, which ends, or a cluster that is silent',
    json: 'print the results as JSON',
  },
  epilogue: `On a cluster: incline sweep yang-fig2a --grid model.heads=4,8,16 --seeds 5 --on slurm --time 4:00:00 --cpus 2
submits and returns; again, it says how far the runs are and submits what is left; incline stop NAME cancels.`,
  check(flags) {
    const { detach, headless, json } = flags;
    if (detach && (headless || json)) throw new UserError({ what: '--detach goes without --headless and --json' });
    checkPool(flags);
  },
  run: async (flags) => (await import('../sweep/sweep.ts')).sweep(flags),
});

export const sweepCommand: Group = {
  name: 'sweep',
  describe: startCommand.describe!,
  commands: [resultsCommand],
  otherwise: startCommand,
};

/**
 * The process that trains the runs of a sweep on behalf of screens; started by `sweep`, not by hand. Outlives its screens:
 * only the end of its runs, a wish of a screen and signals (see `reactions`) end it.
 */
export const sweeperCommand = command({
  name: 'sweeper',
  arguments: { folder: required() },
  options: { lock: true },
  run: async ({ folder, lock }) => (await import('../sweep/serve.ts')).serveSweep(folder, lock),
});
