import type { Clock } from '../core/clock.ts';
import { UserError } from '../core/errors.ts';
import { StorageError } from '../core/files.ts';
import { fateOf } from '../core/process.ts';
import { hasLeftovers, sweepLeftovers } from '../snapshots/store.ts';
import { lockPath, readLock } from './lock_record.ts';
import { whileLocked } from './run_lock.ts';

/** Removes what a killed trainer left half written in the folder of a run, unless somebody may be writing there. */
export async function sweepIdleFolder(folder: string, clock: Clock): Promise<void> {
  const lock = readLock(lockPath(folder));
  // What another host may be writing is not worth waiting for.
  if ((lock && fateOf(lock) !== 'gone') || !(await hasLeftovers(folder))) return;
  try {
    await whileLocked(folder, { clock }, () => sweepLeftovers(folder));
  } catch (error) {
    if (!(error instanceof UserError || error instanceof StorageError)) throw error;
  }
}
