import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { requireOwnFile, requireOwnFolder } from '../../core/plain_files.ts';
import { type LockOptions, whileLocked } from '../../store/run_lock.ts';
import { sweepFile } from '../../store/sweep_folder.ts';
import type { SweepRecord } from '../record.ts';
import { type CallSlurm, callSlurm, SlurmRefused } from './client.ts';
import { refreshed } from './follow.ts';
import { askSlurm, standing, taskKey } from './queue.ts';

/** How long runs may take to save, in milliseconds, before their jobs are ended. */
const patience = 120_000;
/** How often Slurm is asked meanwhile, in milliseconds. */
const interval = 1000;

/**
 * Has runs of a sweep saved and cancelled, as the one process that changes its record.
 * @param runs those that are meant; all that Slurm has unless given
 * @param onWait told how many runs are saving, once
 * @throws UserError where Slurm does not answer, or another process has the record
 */
export function cancelSweep(
  folder: string,
  lock: LockOptions,
  { runs, onWait = () => undefined }: { readonly runs?: readonly string[]; onWait?(runs: number): void } = {},
): Promise<SweepRecord> {
  // The jobs that it names would be cancelled: in a folder of others they may be any of the user's.
  requireOwnFolder(folder);
  requireOwnFile(join(folder, sweepFile));
  return whileLocked(folder, lock, async () => {
    const sweep = await refreshed(folder, callSlurm);
    const cells = sweep.cells.filter(({ run }) => runs?.includes(run) ?? true);
    await cancelTasks({ ...sweep, cells }, { call: callSlurm, clock: lock.clock, onWait });
    return refreshed(folder, callSlurm);
  });
}

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
    const isLate = clock.now() > until;
    const tasks = await askSlurm(given, sweep.created, call).catch((error: unknown) => {
      // It may be away for a while, once it has answered.
      if (round > 0 && !isLate && error instanceof SlurmRefused) return undefined;
      throw error;
    });
    if (!tasks) {
      await clock.sleep(interval);
      continue;
    }
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
