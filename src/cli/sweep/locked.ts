import { heartbeatInterval } from '../../store/lock_record.ts';
import { type LockOptions, RunLock } from '../../store/run_lock.ts';

/** Does something as the one process that trains a sweep. @throws UserError when another does */
export async function locked<T>(folder: string, options: LockOptions, work: (lock: RunLock) => Promise<T>): Promise<T> {
  const lock = await RunLock.acquire(folder, options);
  const heart = setInterval(() => void lock.renew().catch(() => undefined), heartbeatInterval);
  try {
    return await work(lock);
  } finally {
    clearInterval(heart);
    await lock.release();
  }
}
