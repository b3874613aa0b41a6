import { join } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';
import { startDetached } from '../../runs/detached.ts';
import { goingAt } from '../../store/going.ts';
import { requirePluginsOfFolder } from '../../store/run_folder.ts';
import type { RunLock } from '../../store/run_lock.ts';
import { readSweep } from '../../sweep/record.ts';
import { ownProgram, pluginWords } from '../prepare/own_program.ts';

/** Longest wait for the process to take the sweep over, in milliseconds. */
const patience = 60_000;

/**
 * Starts the process that trains the cells of a sweep, which outlives this one.
 * @param lock of this process, which that one takes over
 * @throws UserError with its last words when it does not come up
 */
export async function launchSweep(folder: string, lock?: RunLock): Promise<void> {
  // Nothing that a folder names is executed unless the command line names it as well.
  for (const { run } of readSweep(folder).cells.slice(0, 1)) requirePluginsOfFolder(join(folder, run));
  const own = ['sweeper', folder, ...(lock ? ['--lock', lock.record.id] : [])];
  const logFile = join(folder, 'sweep.log');
  const child = await startDetached(ownProgram, [...own, ...pluginWords()], logFile);
  const deadline = systemClock.now() + patience;
  while (systemClock.now() < deadline) {
    const holder = goingAt(folder)?.lock;
    // Another screen may have been faster.
    if (holder && holder.id !== lock?.record.id) return;
    if (child.ended) break;
    await systemClock.sleep(20);
  }
  if (child.ended?.status === 0) return;
  const what = child.ended ? `its process stopped at once: ${child.lastWords()}` : 'its process did not come up';
  throw new UserError({ where: folder, what, fix: `see ${logFile}` });
}
