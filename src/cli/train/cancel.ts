import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { plural } from '../../core/format.ts';
import { isSweep } from '../../store/sweep_folder.ts';
import { readSweep } from '../../sweep/record.ts';
import { cancelSweep } from '../../sweep/slurm/cancel.ts';
import { isAway } from '../../sweep/slurm/follow.ts';
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
  const onWait = (count: number): void => note(`${plural(count, 'run')} of ${run} save before they end`);
  const { cells } = await cancelSweep(dir, lockOptions(), { onWait });
  const left = cells.filter(({ state }) => state !== 'done').length;
  return `${run}: cancelled, ${left} of ${cells.length} runs are left; the command that submitted it goes on`;
}
