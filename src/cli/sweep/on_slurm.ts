import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { commandLine } from '../../core/own_command.ts';
import { goingAt } from '../../store/going.ts';
import { isSweep } from '../../store/sweep_folder.ts';
import { extended, waiting } from '../../sweep/extend.ts';
import { keepPreset } from '../../sweep/kept_preset.ts';
import { type Cell, readSweep, type SweepRecord, writeSweep } from '../../sweep/record.ts';
import { callSlurm, SlurmRefused } from '../../sweep/slurm/client.ts';
import { followed, isAway, jobsFolder, refreshed } from '../../sweep/slurm/follow.ts';
import { batchScript, checkOptions, type SlurmOptions, sbatchWords } from '../../sweep/slurm/script.ts';
import { submit } from '../../sweep/slurm/submit.ts';
import { cellStates } from '../../sweep/state.ts';
import { strangerIn } from '../../sweep/stranger.ts';
import type { Flags } from '../options/table.ts';
import { note, print } from '../output/output.ts';
import { shown } from '../output/paths.ts';
import { ownProgram, pluginWords } from '../prepare/own_program.ts';
import { asFound } from './as_found.ts';
import { type Checked, newSweep } from './prepare.ts';
import { cellText, designText, stepsNotes } from './progress.ts';

export type SlurmFlags = SlurmOptions & Flags<'retry' | 'json'>;

/** @throws UserError unless it may be asked for this, and there is a Slurm here where something is to be submitted */
export async function requireSlurm(flags: SlurmFlags & { readonly dryRun: boolean }): Promise<void> {
  checkOptions(flags);
  if (!flags.dryRun) await callSlurm('sbatch', ['--version']);
}

/** The script that trains so many runs of a sweep, as `sbatch` would get it but for a name of its own. */
export function scriptOf(sweep: string, count: number, flags: SlurmFlags): string {
  const words = [...sbatchWords(sweep, count, flags), ...(flags.sbatch ?? [])];
  return batchScript(sweep, words, { cwd: process.cwd(), program: ownProgram });
}

/**
 * The record of a sweep that is to go on here.
 * @param force where Slurm does not answer, count what it was given as not there
 * @throws UserError when Slurm has runs of it, or may have
 */
export async function requireHere(folder: string, force: boolean): Promise<SweepRecord> {
  const sweep = await refreshed(folder, callSlurm).catch((error: unknown) => {
    if (!(error instanceof SlurmRefused)) throw error;
    if (force) return recalled(readSweep(folder));
    const what = `Slurm was given runs of it and does not answer (${error.complaint.what})`;
    throw new UserError({ where: folder, what, fix: '--force goes on without it' });
  });
  const away = sweep.cells.filter(({ task }) => task).length;
  if (away === 0) return sweep;
  const fix = `go on with --on slurm, or stop it first with: ${commandLine('stop', sweep.name)}`;
  throw new UserError({ where: folder, what: `Slurm has ${away} of its runs`, fix });
}

function recalled(sweep: SweepRecord): SweepRecord {
  return { ...sweep, cells: sweep.cells.map(({ task, ...cell }) => (task ? waiting(cell) : cell)) };
}

/** A sweep as far as can be told now; what stands in its folder where Slurm does not answer. */
export async function lookedAt(folder: string): Promise<SweepRecord> {
  const sweep = readSweep(folder);
  if (!isAway(sweep)) return sweep;
  try {
    return await followed(sweep, folder, callSlurm);
  } catch (error) {
    if (!(error instanceof SlurmRefused)) throw error;
    note(`states are those of the last look: ${error.message}`);
    return sweep;
  }
}

/** Submits every cell of a sweep that is not done and that Slurm does not have, and says how far all are. */
export async function onSlurm({ asked }: Checked, folder: string, flags: SlurmFlags): Promise<SweepRecord> {
  const before = isSweep(folder) ? await asFound(await refreshed(folder, callSlurm), folder) : undefined;
  const wanted = before ? extended(before, asked, flags) : newSweep(asked);
  await keepPreset(folder, wanted, asked.raw);
  const start = { ...wanted, cells: wanted.cells.map((cell) => failedWhereStrange(folder, wanted, cell)) };
  await writeSweep(folder, start);
  const say = (...lines: readonly string[]): void => {
    if (!flags.json) print(...lines);
  };
  say(`sweep ${start.name} · ${designText(start, start.cells.length)}`);
  if (before && !flags.json) note(...stepsNotes(before, asked));
  for (const cell of before?.cells ?? []) {
    if (cell.state === 'stopped') say(`${cellText(start, cell)} goes on: ${cell.reason}`);
  }
  const free = start.cells.filter(({ run, state }) => {
    if (state !== 'waiting') return false;
    const isBusy = goingAt(join(folder, run)) !== undefined;
    if (isBusy) note(`${run} is being trained by another process, and left to it`);
    return !isBusy;
  });
  const how = { options: flags, words: pluginWords(), call: callSlurm, cwd: process.cwd(), program: ownProgram };
  const runs = free.map(({ run }) => run);
  const { sweep, jobs } = await submit(start, folder, runs, how);
  if (jobs.length > 0) {
    const numbers = `job${jobs.length === 1 ? '' : 's'} ${jobs.join(', ')}`;
    say(`${runs.length} submitted as ${numbers}; scripts and output in ${shown(join(folder, jobsFolder))}`);
  }
  say(standingText(sweep));
  if (isAway(sweep)) say(`the same command looks again; ${commandLine('stop', sweep.name)} cancels`);
  return sweep;
}

/** A cell that waits, or failed as another run stands in its folder. */
function failedWhereStrange(folder: string, sweep: SweepRecord, cell: Cell): Cell {
  const reason = cell.state === 'waiting' ? strangerIn(folder, sweep, cell) : undefined;
  return reason === undefined ? cell : { ...cell, state: 'failed', reason };
}

/** `3 done · 2 running · 7 queued (Priority)`. */
function standingText({ cells }: SweepRecord): string {
  return cellStates
    .flatMap((state) => {
      const some = cells.filter((cell) => cell.state === state);
      if (some.length === 0) return [];
      const why = state === 'queued' ? [...new Set(some.flatMap(({ reason }) => reason ?? []))].join(', ') : '';
      return [`${some.length} ${state}${why && ` (${why})`}`];
    })
    .join(' · ');
}
