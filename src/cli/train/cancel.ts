import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';
import { plural } from '../../core/format.ts';
import { requireOwnFile, requireOwnFolder } from '../../core/plain_files.ts';
import { whileLocked } from '../../store/run_lock.ts';
import { isSweep, sweepFile } from '../../store/sweep_folder.ts';
import { readSweep } from '../../sweep/record.ts';
import { cancelTasks } from '../../sweep/slurm/cancel.ts';
import { callSlurm } from '../../sweep/slurm/client.ts';
import { isAway, refreshed } from '../../sweep/slurm/follow.ts';
import { lockOptions } from '../output/lock_options.ts';
import { note } from '../output/output.ts';

/** A sweep that a cluster has runs of; no process here runs it. */
export interface AwaySweep {
  readonly run: string;
  /** Its folder. */
  readonly dir: string;
  readonly lock?: undefined;
}

/** The sweeps of a folder of runs that a cluster has runs of, as far as is written down. */
export function sweepsAway(directory: string): AwaySweep[] {
  let names: string[];
  try {
    names = readdirSync(directory).sort();
  } catch {
    return [];
  }
  return names.flatMap((run) => awayAt(join(directory, run), run) ?? []);
}

/** The sweep of a folder, if a cluster has runs of it. */
export function awayAt(dir: string, run: string): AwaySweep | undefined {
  try {
    return isSweep(dir) && isAway(readSweep(dir)) ? { run, dir } : undefined;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Has a sweep saved and cancelled. @returns what to say of it; @throws UserError where Slurm does not answer */
export async function cancel({ run, dir }: AwaySweep): Promise<string> {
  // The jobs that it names would be cancelled: in a folder of others they may be any of the user's.
  requireOwnFolder(dir);
  requireOwnFile(join(dir, sweepFile));
  return whileLocked(dir, lockOptions(), async () => {
    const onWait = (count: number): void => note(`${plural(count, 'run')} of ${run} save before they end`);
    await cancelTasks(await refreshed(dir, callSlurm), { call: callSlurm, clock: systemClock, onWait });
    const { cells } = await refreshed(dir, callSlurm);
    const left = cells.filter(({ state }) => state !== 'done').length;
    return `${run}: cancelled, ${left} of ${cells.length} runs are left; the command that submitted it goes on`;
  });
}
