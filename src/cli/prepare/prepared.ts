import { systemClock } from '../../core/clock.ts';
import type { RunState } from '../../runs/state.ts';
import { holderOf } from '../../store/lock_record.ts';
import { discardIfEmpty } from '../../store/run_folder.ts';
import type { RunLock } from '../../store/run_lock.ts';

/** A run that may start: its folder stands, and no other process writes there. */
export interface PreparedRun {
  readonly folder: string;
  readonly lock: RunLock;
  /** Whether the folder was made for this start. */
  readonly isNew: boolean;
  /** What its settings tell of it before it begins. */
  readonly coming?: RunState;
}

/** Starts a run; where that fails, what was made for it goes, so that its name is free again. */
export async function starting<T>({ folder, lock, isNew }: PreparedRun, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    await lock.release();
    if (isNew && !holderOf(folder, systemClock)) discardIfEmpty(folder);
    throw error;
  }
}
