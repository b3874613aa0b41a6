import type { LockRecord } from './lock_record.ts';

type JobOfLock = Pick<LockRecord, 'job' | 'restarts'>;

/** The job of Slurm's that this process works in, as a lock says it. */
export function ownJob(env: NodeJS.ProcessEnv = process.env): JobOfLock {
  const { SLURM_ARRAY_JOB_ID: array, SLURM_ARRAY_TASK_ID: task, SLURM_JOB_ID: job, SLURM_RESTART_COUNT: count } = env;
  const id = array && task ? `${array}_${task}` : job;
  return id && /^\d+(_\d+)?$/.test(id) ? { job: id, restarts: Number(count) || 0 } : {};
}

/** Whether a lock is of an earlier start of a job, which Slurm had ended, or lost with its node, before it started it again. */
export function isEarlierStart(lock: JobOfLock, own: JobOfLock): boolean {
  return lock.job !== undefined && lock.job === own.job && (lock.restarts ?? 0) < (own.restarts ?? 0);
}
