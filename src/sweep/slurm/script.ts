import { UserError } from '../../core/errors.ts';
import { quoted } from '../../core/shell.ts';

/** What a person asks of Slurm for each run. */
export interface SlurmOptions {
  readonly partition?: string | undefined;
  /** As sbatch takes it: minutes, minutes:seconds, hours:minutes:seconds, days-hours … */
  readonly time?: string | undefined;
  readonly cpus?: number | undefined;
  readonly mem?: string | undefined;
  readonly gres?: string | undefined;
  readonly account?: string | undefined;
  /** Most runs at a time. */
  readonly arrayLimit?: number | undefined;
  /** Further lines for sbatch, as they are. */
  readonly sbatch?: readonly string[];
}

/** Before a job's time limit, in seconds, it is told to save; Slurm may do so another 60 s earlier. */
const lead = 60;
/** Shortest time limit that leaves time to train, in minutes. */
const shortest = 3;

/** @throws UserError for what could not stand in a script, or leaves no time to train */
export function checkOptions(options: SlurmOptions): void {
  const { partition, time, cpus, mem, gres, account, arrayLimit, sbatch = [] } = options;
  for (const [name, word] of Object.entries({ partition, mem, gres, account })) {
    if (word !== undefined && !/^[^\s\p{Cc}'"\\#]+$/u.test(word)) {
      throw new UserError({ where: `--${name}`, what: `is "${word}"`, expected: 'one word, as sbatch takes it' });
    }
  }
  for (const [flag, number] of [
    ['--cpus', cpus],
    ['--array-limit', arrayLimit],
  ] as const) {
    if (number !== undefined && !(Number.isInteger(number) && number >= 1)) {
      throw new UserError({ where: flag, what: `is ${number}`, expected: 'a whole number from 1' });
    }
  }
  for (const line of sbatch) {
    if (/\p{Cc}/u.test(line) || !line.startsWith('-')) {
      throw new UserError({ where: '--sbatch', what: `is "${line}"`, expected: 'a line as --qos=high' });
    }
  }
  if (time !== undefined) checkTime(time);
}

function checkTime(time: string): void {
  const minutes = minutesOf(time);
  const expected = `${shortest} minutes or more, as 90, 1:30:00 or 2-12`;
  if (minutes === undefined) throw new UserError({ where: '--time', what: `"${time}" is no time`, expected });
  if (minutes >= shortest) return;
  const what = `${time} leaves no time to train: a run saves up to two minutes before its limit`;
  throw new UserError({ where: '--time', what, expected });
}

/** What sbatch takes a time for, in minutes: 0 and `UNLIMITED` are no limit; undefined when it is none. */
function minutesOf(time: string): number | undefined {
  if (/^(0|unlimited|infinite)$/i.test(time)) return Number.POSITIVE_INFINITY;
  const parts = /^(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?$/.exec(time);
  if (!parts) return undefined;
  const [days, a, b, c] = parts.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number];
  if (parts[1] !== undefined) return 1440 * days + 60 * a + b + c / 60;
  return parts[4] === undefined ? a + b / 60 : 60 * a + b + c / 60;
}

/** What sbatch is told of an array of so many tasks, which are counted from 1. */
export function sbatchWords(name: string, count: number, options: SlurmOptions): string[] {
  const { partition, time, cpus, mem, gres, account, arrayLimit } = options;
  const own = { partition, time, 'cpus-per-task': cpus ?? 1, mem, gres, account };
  return [
    `--job-name=${name}`,
    `--array=1-${count}${arrayLimit === undefined ? '' : `%${arrayLimit}`}`,
    `--output=${name}-%a.log`,
    // A task that is started again says more.
    '--open-mode=append',
    // To the trainer itself, which takes the place of the shell.
    `--signal=B:USR1@${lead}`,
    ...Object.entries(own).flatMap(([word, value]) => (value === undefined ? [] : [`--${word}=${value}`])),
  ];
}

/** Where and by what the runs of a sweep are trained. */
export interface ScriptPlace {
  /** Where the sweep was started: paths on its command line count from there. */
  readonly cwd: string;
  /** Entry file of the program. */
  readonly program: string;
}

/** The script of an array of tasks: each trains the run that its line of `NAME.runs` says, beside the script. */
export function batchScript(name: string, sbatch: readonly string[], { cwd, program }: ScriptPlace): string {
  return [
    '#!/bin/bash',
    ...sbatch.map((word) => `#SBATCH ${word}`),
    `words=$(sed -n "\${SLURM_ARRAY_TASK_ID}p" ${name}.runs)`,
    // Without words the program would do something else, and end well.
    `[ "$words" ] || { echo "incline: ${name}.runs has no line for this task" >&2; exit 1; }`,
    `cd -- ${quoted(cwd)} || exit`,
    'eval "set -- $words"',
    `exec ${quoted(process.execPath)} ${quoted(program)} "$@"`,
    '',
  ].join('\n');
}
