import { systemClock } from '../../core/clock.ts';
import type { LockOptions } from '../../store/run_lock.ts';
import { note } from './output.ts';

/** How commands lock a run: they say what they wait for. @param force take it from another host's trainer */
export function lockOptions(force = false): LockOptions {
  return { clock: systemClock, force, onWait: note };
}
