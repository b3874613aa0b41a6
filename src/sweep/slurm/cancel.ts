import type { Clock } from '../../core/clock.ts';
import type { SweepRecord } from '../record.ts';
import { type CallSlurm, SlurmRefused } from './client.ts';
import { askSlurm, standing, taskKey } from './queue.ts';

/** How long runs may take to save, in milliseconds, before their jobs are ended. */
const patience = 120_000;
/** How often Slurm is asked meanwhile, in milliseconds. */
const interval = 1000;

/**
 * Cancels what Slurm has of a sweep: tasks that wait at once; runs that are trained are told to save, and ended if they do
 * not. Only tasks are named that Slurm has just said are of this sweep: it may count jobs from 1 again.
 * @param onWait told how many runs are saving, once
 * @throws SlurmRefused when Slurm does not answer
 */
export async function cancelTasks(
  sweep: SweepRecord,
  { call, clock, onWait }: { readonly call: CallSlurm; readonly clock: Clock; onWait(runs: number): void },
): Promise<void> {
  const given = sweep.cells.flatMap(({ task }) => task ?? []);
  const until = clock.now() + patience;
  const told = new Set<string>();
  for (let round = 0; ; round++) {
    const tasks = await askSlurm(given, sweep.created, call);
    const live = given.flatMap((task) => {
      const one = tasks.get(taskKey(task));
      const now = one ? standing(one) : 'over';
      return now === 'over' ? [] : [{ now, id: `${one!.job}_${task.index}` }];
    });
    if (live.length === 0) return;
    if (clock.now() > until + patience) {
      throw new SlurmRefused({
        where: sweep.name,
        what: `Slurm still has ${live.length} of its runs`,
        fix: 'try again',
      });
    }
    const isLate = clock.now() > until;
    await cancelAll(
      live.filter(({ now }) => isLate || now === 'queued'),
      [],
      call,
    );
    const running = live.filter(({ now, id }) => now === 'running' && !told.has(id));
    await cancelAll(running, ['--batch', '--signal=TERM'], call);
    for (const { id } of running) told.add(id);
    if (round === 0 && running.length > 0) onWait(running.length);
    await clock.sleep(interval);
  }
}

async function cancelAll(
  tasks: readonly { readonly id: string }[],
  words: readonly string[],
  call: CallSlurm,
): Promise<void> {
  if (tasks.length === 0) return;
  try {
    // No filter by name beside: it would end all of an array that waits, whichever tasks are named.
    await call('scancel', [...words, ...tasks.map(({ id }) => id)]);
  } catch (error) {
    // It may have ended a moment before: whether it has is asked again.
    if (!(error instanceof SlurmRefused)) throw error;
  }
}
