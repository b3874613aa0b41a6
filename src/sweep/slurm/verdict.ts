import { constants } from 'node:os';
import { thousands } from '../../core/format.ts';
import type { CellLook } from '../cell_look.ts';
import type { Cell } from '../record.ts';
import type { SlurmTask, TaskExit } from './queue.ts';

type Verdict = Pick<Cell, 'state' | 'reason'>;

/** Ends that come from outside: what Slurm calls them, how its daemon says them in the output of a task, what they mean. */
const ends: readonly { readonly words: readonly string[]; readonly said: RegExp; readonly verdict: Verdict }[] = [
  {
    words: ['TIMEOUT', 'DEADLINE'],
    said: /DUE TO TIME LIMIT/,
    verdict: { state: 'stopped', reason: 'reached its time limit before it could save' },
  },
  {
    words: ['OUT_OF_MEMORY'],
    said: /oom[-_]kill/i,
    verdict: { state: 'failed', reason: 'out of memory; --mem gives it more' },
  },
  {
    words: ['NODE_FAIL', 'BOOT_FAIL'],
    said: /DUE TO NODE FAILURE/,
    verdict: { state: 'stopped', reason: 'its node failed' },
  },
  { words: ['PREEMPTED'], said: /DUE TO PREEMPTION/, verdict: { state: 'stopped', reason: 'preempted' } },
  { words: ['CANCELLED', 'REVOKED'], said: /CANCELLED AT/, verdict: { state: 'stopped', reason: 'cancelled' } },
];

/**
 * What became of a cell whose task is over. One that saved, or was ended from outside, goes on when the sweep does.
 * @param task as Slurm tells of it; undefined where it does not know it any more
 * @param output the end of what the task printed
 * @param steps that the cell is to have
 */
export function verdictOf(
  task: SlurmTask | undefined,
  { step, saved, ending }: Pick<CellLook, 'step' | 'saved' | 'ending'>,
  output: string,
  steps: number,
): Verdict {
  const isCompleted = task?.word === 'COMPLETED';
  const isOver = (ending === 'completed' && step >= steps) || ending === 'budget';
  // Whatever ended its job after the last state was saved: no other job would add to that.
  const isAllSaved = saved >= steps && ending !== 'diverged';
  if (isAllSaved || (isOver && (isCompleted || !task))) return { state: 'done' };
  if (isCompleted && ending !== 'stopped') {
    const what = `its job ended without an error, and its run at step ${thousands(step)} of ${thousands(steps)}`;
    return { state: 'stopped', reason: what };
  }
  const lines = output.trim().split('\n');
  const own = lines.findLast((line) => line.startsWith('incline: '))?.slice('incline: '.length);
  const [, signal, rest = ''] = /^(SIG\w+):? (.*)$/.exec(own ?? '') ?? [];
  if (signal !== undefined) {
    const others = task && ['CANCELLED', 'PREEMPTED'].includes(task.word) ? task.word.toLowerCase() : 'told to end';
    const why = signal === 'SIGUSR1' ? 'near its time limit' : others;
    return { state: 'stopped', reason: `${why}: ${rest.replace(/, saved in .*$/, ', saved')}` };
  }
  const end = ends.find(({ words, said }) => (task ? words.includes(task.word) : said.test(output)));
  if (end) return end.verdict;
  if (own !== undefined) return { state: 'failed', reason: own };
  // What failed at once left the ending of the start before it.
  if (task && !isCompleted) return { state: 'failed', reason: whyFailed(task, lines) };
  if (ending === 'stopped') return { state: 'stopped', reason: `stopped at step ${thousands(step)}` };
  return { state: 'stopped', reason: 'Slurm does not know its job any more' };
}

/** Lines that programs print when they fail, not those that name a metric of errors; the last line may be of training that went well. */
const failing =
  /error(:| \[)|\b(fatal|exception|aborted|killed|fault|denied|refused|exceeded|cannot|failed|no such|not found|no space|out of memory)\b/i;

/** By the signal that ended it, and what it said of an error, if it did. */
function whyFailed({ word, reason, exit }: SlurmTask, lines: readonly string[]): string {
  const said = lines.findLast((line) => failing.test(line));
  const signal = exit && signalOf(exit);
  if (signal !== undefined) return [`killed by ${signal}`, ...(said === undefined ? [] : [said])].join(': ');
  if (said !== undefined) return said;
  if (exit && exit.status > 0) return `ended with exit status ${exit.status}, and printed no error`;
  return `${word}, and printed no error${reason === undefined ? '' : `; Slurm says ${reason}`}`;
}

/** Its own, or that of a child, which shells pass on as 128 + its number. */
function signalOf({ signal, status }: TaskExit): string | undefined {
  const number = signal || (status > 128 ? status - 128 : 0);
  const [name] = Object.entries(constants.signals).find(([, one]) => one === number) ?? [];
  return name ?? (signal > 0 ? `signal ${signal}` : undefined);
}
