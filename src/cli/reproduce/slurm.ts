import { isSweep } from '../../store/sweep_folder.ts';
import { readSweep } from '../../sweep/record.ts';
import { tell } from '../output/output.ts';
import { onSlurm, type SlurmFlags } from '../sweep/on_slurm.ts';
import { type Due, placeOf } from './sweeps.ts';

/** Submits what is left of every sweep, and does the rest once nothing is. @returns the exit status */
export async function submitAll(
  due: readonly Due[],
  flags: Omit<SlurmFlags, 'retry'>,
  finish: (isPart: boolean) => Promise<number>,
): Promise<number> {
  let left = 0;
  for (const one of due) {
    const folder = placeOf(one);
    for (const asked of one.asked) {
      await onSlurm({ asked, impossible: [], jobs: one.jobs }, folder, { ...flags, retry: true });
    }
    if (isSweep(folder)) left += readSweep(folder).cells.filter(({ state }) => state !== 'done').length;
  }
  if (left > 0) tell(`${left} runs are with Slurm; the same command looks again, and draws what is trained`);
  return finish(left > 0);
}
