import { join } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';
import { openPlain } from '../../core/plain_files.ts';
import { releaseJob } from '../../store/run_lock.ts';
import { lookAt } from '../cell_look.ts';
import { type Cell, readSweep, type SweepRecord, writeSweep } from '../record.ts';
import { strangerIn } from '../stranger.ts';
import type { CallSlurm } from './client.ts';
import { askSlurm, type SlurmTask, standing, taskKey, withExits } from './queue.ts';
import { verdictOf } from './verdict.ts';

/** Folder of scripts and output of jobs, in that of a sweep. */
export const jobsFolder = 'slurm';

/** Bytes of the end of a task's output that are read. */
const outputEnd = 8192;

/** Whether Slurm was given cells of a sweep that were not over when it was last asked. */
export function isAway({ cells }: SweepRecord): boolean {
  return cells.some(({ task }) => task);
}

/**
 * A sweep with what Slurm and the folders of its runs say of the cells that Slurm was given; nothing is written.
 * @throws SlurmRefused when Slurm does not answer: then nobody can tell what is alive
 */
export async function followed(sweep: SweepRecord, folder: string, call: CallSlurm): Promise<SweepRecord> {
  const given = sweep.cells.flatMap(({ task }) => task ?? []);
  const tasks = await withExits(await askSlurm(given, sweep.created, call), call);
  const cells = await Promise.all(
    sweep.cells.map((cell) => (cell.task ? seen(cell, tasks.get(taskKey(cell.task)), folder, sweep) : cell)),
  );
  return { ...sweep, cells };
}

/**
 * Brings the record of a sweep up to date, whose lock the caller holds, and takes away the locks that trainers left on nodes
 * where Slurm has ended their jobs.
 * @throws SlurmRefused when Slurm does not answer
 */
export async function refreshed(folder: string, call: CallSlurm): Promise<SweepRecord> {
  const before = readSweep(folder);
  if (!isAway(before)) return before;
  const sweep = await followed(before, folder, call);
  for (const [i, { run, task, state }] of sweep.cells.entries()) {
    const job = before.cells[i]!.task;
    if (job?.job !== undefined && !task && state !== 'waiting') {
      await releaseJob(join(folder, run), `${job.job}_${job.index}`, systemClock);
    }
  }
  await writeSweep(folder, sweep);
  return sweep;
}

async function seen(cell: Cell, told: SlurmTask | undefined, folder: string, sweep: SweepRecord): Promise<Cell> {
  const { task, reason: _, ...rest } = cell;
  const look = await lookAt(join(folder, cell.run));
  const now = told ? standing(told) : 'over';
  if (told && now !== 'over') {
    const why = now === 'queued' && told.reason !== undefined ? { reason: told.reason } : {};
    return { ...rest, task: { ...task!, job: told.job }, state: now, step: look.step, ...why };
  }
  const output = await outputOf(join(folder, jobsFolder, `${task!.name}-${task!.index}.log`));
  if (!told && output === undefined) {
    // Where it has no number it was written down, and sbatch was never asked.
    const isGone = task!.job !== undefined;
    return isGone
      ? { ...rest, state: 'stopped', reason: 'left the queue before it started' }
      : { ...rest, state: 'waiting' };
  }
  const verdict = verdictOf(told, look, output ?? '', sweep.steps);
  const stranger = verdict.state === 'done' ? strangerIn(folder, sweep, cell) : undefined;
  if (stranger !== undefined) return { ...rest, state: 'failed', reason: stranger, step: look.step };
  const hash = verdict.state === 'done' ? await look.stateHash() : undefined;
  return { ...rest, ...verdict, step: look.step, ...(hash !== undefined && { sha256: hash }) };
}

/** The end of what a task printed; undefined before it printed. */
async function outputOf(path: string): Promise<string | undefined> {
  try {
    const file = await openPlain(path);
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(outputEnd),
        0,
        outputEnd,
        Math.max(0, size - outputEnd),
      );
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
