import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeFileAtomic } from '../../core/files.ts';
import { shellLine } from '../../core/shell.ts';
import { cellWords } from '../cell_process.ts';
import { waiting } from '../extend.ts';
import { type Cell, readSweep, type SweepRecord, writeSweep } from '../record.ts';
import { type CallSlurm, SlurmRefused } from './client.ts';
import { jobsFolder } from './follow.ts';
import { askSlurm, taskKey } from './queue.ts';
import { batchScript, type ScriptPlace, type SlurmOptions, sbatchWords } from './script.ts';

export interface Submission extends ScriptPlace {
  readonly options: SlurmOptions;
  /** Further words of the program's command line, for plugins. */
  readonly words: readonly string[];
  readonly call: CallSlurm;
}

/**
 * Gives cells of a sweep to Slurm, as arrays of tasks. What is given is written down before and after, so that a sweep is
 * whole wherever this is killed: the name of an array tells whether Slurm has it.
 * @param runs of the cells
 * @returns the sweep, and the numbers of the jobs
 * @throws SlurmRefused when Slurm will not take them; arrays that it took stay
 */
export async function submit(
  sweep: SweepRecord,
  folder: string,
  runs: readonly string[],
  how: Submission,
): Promise<{ readonly sweep: SweepRecord; readonly jobs: readonly string[] }> {
  const most = await largestArray(how.call);
  const jobs: string[] = [];
  let record = sweep;
  for (let start = 0; start < runs.length; start += most) {
    record = await submitArray(record, folder, runs.slice(start, start + most), how);
    jobs.push(record.cells.find(({ run }) => run === runs[start])!.task!.job!);
  }
  return { sweep: record, jobs };
}

async function submitArray(
  before: SweepRecord,
  folder: string,
  runs: readonly string[],
  { options, words, call, ...place }: Submission,
): Promise<SweepRecord> {
  const name = `${before.name}-${randomBytes(4).toString('hex')}`;
  const own = sbatchWords(name, runs.length, options);
  const there = join(folder, jobsFolder);
  const cellOf = new Map(before.cells.map((cell) => [cell.run, cell]));
  const lines = runs.map((run) => shellLine([...cellWords(resolve(folder), before, cellOf.get(run)!), ...words]));
  await mkdir(there, { recursive: true, mode: 0o700 });
  await writeFileAtomic(join(there, `${name}.runs`), `${lines.join('\n')}\n`);
  await writeFileAtomic(join(there, `${name}.sh`), batchScript(name, [...own, ...(options.sbatch ?? [])], place));
  const given = (job: Partial<NonNullable<Cell['task']>>): SweepRecord =>
    changed(before, runs, (cell, i) => ({ ...cell, state: 'queued', task: { name, index: i + 1, ...job } }));
  await writeSweep(folder, given({}));
  try {
    // Said twice: a script's own lines give way to variables of the environment, and should do without these words.
    const said = await call('sbatch', ['--parsable', ...own, `${name}.sh`], there);
    const job = /^\d+/.exec(said)?.[0];
    if (job === undefined)
      throw new SlurmRefused({ where: 'sbatch', what: `says "${said.trim()}"`, expected: 'a job' });
    const record = given({ job });
    await writeSweep(folder, record);
    return record;
  } catch (error) {
    if (!(error instanceof SlurmRefused)) throw error;
    const taken = await jobNamed(name, before.created, call);
    if (taken === 'unknown') {
      throw new SlurmRefused({ ...error.complaint, fix: 'it may have taken the runs: the same command looks again' });
    }
    await writeSweep(folder, taken ? given({ job: taken }) : changed(before, runs, waiting));
    if (taken) return readSweep(folder);
    for (const end of ['runs', 'sh']) await rm(join(there, `${name}.${end}`), { force: true });
    throw error;
  }
}

/** The job of an array whose submission failed: Slurm may have taken it and answered too late. */
async function jobNamed(name: string, created: string, call: CallSlurm): Promise<string | 'unknown' | undefined> {
  const first = { name, index: 1 };
  try {
    return (await askSlurm([first], created, call)).get(taskKey(first))?.job;
  } catch (error) {
    if (error instanceof SlurmRefused) return 'unknown';
    throw error;
  }
}

function changed(sweep: SweepRecord, runs: readonly string[], change: (cell: Cell, i: number) => Cell): SweepRecord {
  const places = new Map(runs.map((run, i) => [run, i]));
  const cells = sweep.cells.map((cell) => {
    const i = places.get(cell.run);
    return i === undefined ? cell : change(cell, i);
  });
  return { ...sweep, cells };
}

/** Most tasks of an array, which are counted from 1. */
async function largestArray(call: CallSlurm): Promise<number> {
  const size = /^MaxArraySize\s*=\s*(\d+)/m.exec(await call('scontrol', ['show', 'config']))?.[1];
  return Math.max(1, Number(size ?? 1001) - 1);
}
