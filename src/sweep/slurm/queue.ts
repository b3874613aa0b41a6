import { userInfo } from 'node:os';
import { type CallSlurm, SlurmRefused } from './client.ts';

/** A task of an array, as Slurm tells of it. */
export interface SlurmTask {
  /** Number of the array's job. */
  readonly job: string;
  /** Slurm's word, such as `PENDING` or `NODE_FAIL`. */
  readonly word: string;
  /** Why it waits, or ended so. */
  readonly reason?: string;
  /** How the process of one that failed ended, as far as Slurm says. */
  readonly exit?: TaskExit;
}

/** The number of the signal that ended a process, 0 where none did, and its exit status. */
export interface TaskExit {
  readonly signal: number;
  readonly status: number;
}

/** Tasks by the name of their job, which no other has, and their index. */
export type SlurmTasks = ReadonlyMap<string, SlurmTask>;

export const taskKey = ({ name, index }: { readonly name: string; readonly index: number }): string =>
  `${name} ${index}`;

/** Words of tasks that Slurm may yet start, or start again. */
const queuedWords = ['PENDING', 'REQUEUED', 'REQUEUE_FED', 'REQUEUE_HOLD', 'RESV_DEL_HOLD', 'SPECIAL_EXIT'];
const endedWords = [
  ...['COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT', 'DEADLINE'],
  ...['NODE_FAIL', 'BOOT_FAIL', 'PREEMPTED', 'REVOKED', 'OUT_OF_MEMORY'],
];

/** Where a task stands; one of a word that is not known may be alive. */
export function standing({ word }: SlurmTask): 'queued' | 'running' | 'over' {
  if (queuedWords.includes(word)) return 'queued';
  return endedWords.includes(word) ? 'over' : 'running';
}

/**
 * What Slurm knows of the tasks of jobs: of those that wait, run or ended some minutes ago from the queue, of others from its
 * accounting, where there is one.
 * @param created ISO date before which none of them was there
 * @throws SlurmRefused when it does not answer
 */
export async function askSlurm(
  wanted: readonly { readonly name: string; readonly index: number }[],
  created: string,
  call: CallSlurm,
): Promise<SlurmTasks> {
  const names = new Set(wanted.map(({ name }) => name));
  if (names.size === 0) return new Map();
  const own = ownJobs(names);
  const live = ['--noheader', '--array', '--states=all', '--format=%F|%K|%T|%j|%r'];
  const tasks = parseQueue(await call('squeue', [...live, ...own]), names);
  if (wanted.every((task) => tasks.has(taskKey(task)))) return tasks;
  const since = `--starttime=${created.slice(0, 10)}`;
  const past = ['--noheader', '--parsable2', '--allocations', '--format=JobID,State,JobName,ExitCode', since];
  return new Map([...parseAccounting(await callOrNothing(call, 'sacct', [...past, ...own]), names), ...tasks]);
}

/** The same tasks, with how the processes ended of those that failed: the usual words of the queue do not say it. */
export async function withExits(tasks: SlurmTasks, call: CallSlurm): Promise<SlurmTasks> {
  const failed = [...tasks].filter(([, { word, exit }]) => word === 'FAILED' && !exit);
  if (failed.length === 0) return tasks;
  const names = new Set(failed.map(([key]) => key.split(' ')[0]!));
  const fields = '--Format=ArrayJobID:|,ArrayTaskID:|,Name:|,exit_code:|';
  const words = ['--noheader', '--array', '--states=FAILED', fields, ...ownJobs(names)];
  const exits = parseExits(await callOrNothing(call, 'squeue', words));
  return new Map(
    [...tasks].map(([key, task]) => {
      const exit = task.word === 'FAILED' ? exits.get(key) : undefined;
      return [key, exit ? { ...task, exit } : task] as const;
    }),
  );
}

const ownJobs = (names: ReadonlySet<string>): string[] => [
  `--user=${process.geteuid?.() ?? userInfo().username}`,
  `--name=${[...names].join(',')}`,
];

/** Many clusters keep no accounts, and some have a queue that cannot be asked for everything. */
async function callOrNothing(call: CallSlurm, command: string, words: readonly string[]): Promise<string> {
  try {
    return await call(command, words);
  } catch (error) {
    if (error instanceof SlurmRefused) return '';
    throw error;
  }
}

/** @param text lines of job, index, state, name and reason, with bars between them */
export function parseQueue(text: string, names: ReadonlySet<string>): Map<string, SlurmTask> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, job, index, word, name = '', reason = ''] =
        /^\s*(\d+)\|(\d+)\|([A-Z_]+)\|([\w.-]+)\|(.*?)\s*$/.exec(line) ?? [];
      if (!names.has(name)) return [];
      const why = reason === '' || reason === 'None' ? {} : { reason: reason.slice(0, 200) };
      return [[taskKey({ name, index: Number(index) }), { job: job!, word: word!, ...why }] as const];
    }),
  );
}

/** @param text lines of job, index, name and how its process ended, as `wait` of POSIX codes it, with bars between them */
export function parseExits(text: string): Map<string, TaskExit> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, index, name, code] = /^\d+\|(\d+)\|([\w.-]+)\|(\d+)\|$/.exec(line.trim()) ?? [];
      if (name === undefined) return [];
      return [
        [taskKey({ name, index: Number(index) }), { signal: Number(code) & 127, status: Number(code) >> 8 }] as const,
      ];
    }),
  );
}

/** @param text lines of job and index, state, name, and exit status and signal, with bars between them */
export function parseAccounting(text: string, names: ReadonlySet<string>): Map<string, SlurmTask> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, job, index, word, name = '', status, signal] =
        /^(\d+)_(\d+)\|([A-Z_]+)(?: by \d+)?\|([\w.-]+)\|(\d+):(\d+)$/.exec(line) ?? [];
      if (!names.has(name)) return [];
      const exit = word === 'FAILED' ? { exit: { signal: Number(signal), status: Number(status) } } : {};
      return [[taskKey({ name, index: Number(index) }), { job: job!, word: word!, ...exit }] as const];
    }),
  );
}
