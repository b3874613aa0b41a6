import { UserError } from '../../core/errors.ts';
import type { Flags } from '../options/table.ts';
import { dashed } from '../parser/complaints.ts';

/** Options of commands that train many runs: where, and how many at a time. */
export const poolOptions = {
  jobs: true,
  nice: true,
  on: true,
  partition: true,
  time: true,
  cpus: true,
  mem: true,
  gres: true,
  account: true,
  arrayLimit: true,
  sbatch: true,
} as const;

/** @throws UserError where they do not go together, or are out of range */
export function checkPool({ jobs, nice, on, sbatch, ...flags }: Flags<keyof typeof poolOptions>): void {
  const { partition, time, cpus, mem, gres, account, arrayLimit } = flags;
  const cluster = { partition, time, cpus, mem, gres, account, arrayLimit, sbatch: sbatch[0] };
  const stray = on === 'slurm' ? undefined : Object.entries(cluster).find(([, value]) => value !== undefined);
  if (stray) throw new UserError({ what: `--${dashed(stray[0])} needs --on slurm` });
  if (on === 'slurm' && jobs !== undefined) {
    throw new UserError({ what: '--jobs goes without --on slurm', fix: 'use --array-limit' });
  }
  if (on === 'slurm' && nice !== undefined) {
    const fix = 'a run has the cores of its job to itself; --sbatch=--nice=10 is its priority in the queue';
    throw new UserError({ what: '--nice goes without --on slurm', fix });
  }
  if (jobs !== undefined && !(Number.isInteger(jobs) && jobs >= 1)) {
    throw new UserError({ where: '--jobs', what: `is ${jobs}`, expected: 'a whole number from 1' });
  }
  if (nice !== undefined && !(Number.isInteger(nice) && nice >= 0 && nice <= 19)) {
    throw new UserError({ where: '--nice', what: `is ${nice}`, expected: 'a whole number from 0 to 19' });
  }
}
