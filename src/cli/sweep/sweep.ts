import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';
import { untilTold } from '../../core/signals.ts';
import { heartbeatInterval } from '../../store/lock_record.ts';
import { RunLock } from '../../store/run_lock.ts';
import { isSweep } from '../../store/sweep_folder.ts';
import { startCell } from '../../sweep/cell_process.ts';
import { settingsText } from '../../sweep/cells.ts';
import { extended } from '../../sweep/extend.ts';
import { runPool } from '../../sweep/pool.ts';
import { readSweep, type SweepRecord, writeSweep } from '../../sweep/record.ts';
import { resultRows, writeResults } from '../../sweep/results.ts';
import type { Flags } from '../options/table.ts';
import { exitCode } from '../output/exit.ts';
import { lockOptions } from '../output/lock_options.ts';
import { note, print, printJson, tell } from '../output/output.ts';
import { shown } from '../output/paths.ts';
import { directoryOf } from '../preferences/directory.ts';
import { readPreferences } from '../preferences/preferences.ts';
import { ownProgram, pluginWords } from '../prepare/own_program.ts';
import { type DesignFlags, wantedSweep } from './design.ts';
import { onSlurm, requireHere, requireSlurm, type SlurmFlags } from './on_slurm.ts';
import { type Checked, checkSweep, newSweep } from './prepare.ts';
import { cellText, designText, endedLine } from './progress.ts';
import { resultsText } from './tables.ts';

export type SweepFlags = DesignFlags &
  SlurmFlags &
  Flags<'dir' | 'nice' | 'retry' | 'skipImpossible' | 'dryRun' | 'json' | 'force'> & {
    readonly on?: 'slurm' | 'local';
  };

/** How often the results so far are written while cells are trained, in milliseconds. */
const resultsEvery = 30_000;

/**
 * Trains every cell of a sweep that is not done: starts it, or goes on where the same command stopped.
 * @returns the exit status: 2 where cells failed, 130 where it was told to end
 */
export async function sweep(flags: SweepFlags): Promise<number> {
  const preferences = readPreferences();
  const wanted = wantedSweep(flags);
  const folder = join(directoryOf(flags.dir, preferences), wanted.name);
  const isAway = flags.on === 'slurm';
  if (isAway) await requireSlurm(flags);
  const checked = await checkSweep(wanted, preferences, isAway ? (flags.cpus ?? 1) : undefined);
  sayImpossible(checked, flags.skipImpossible || flags.dryRun);
  if (flags.dryRun) return dryRun(checked, folder);
  makeFolder(folder);
  const lock = await RunLock.acquire(folder, lockOptions(flags.force));
  const heart = setInterval(() => void lock.renew().catch(() => undefined), heartbeatInterval);
  try {
    return isAway
      ? await finish(await onSlurm(checked, folder, flags), folder, flags)
      : await trained(checked, folder, flags);
  } finally {
    clearInterval(heart);
    await lock.release();
  }
}

async function trained({ asked, jobs }: Checked, folder: string, flags: SweepFlags): Promise<number> {
  const before = isSweep(folder) ? await requireHere(folder, flags.force) : undefined;
  const start = before ? extended(before, asked, flags) : newSweep(asked);
  await writeSweep(folder, start);
  const say = (...lines: readonly string[]): void => {
    if (!flags.json) print(...lines);
  };
  const left = start.cells.filter(({ state }) => state === 'waiting').length;
  const threads = Number(start.settings['threads']);
  say(`sweep ${start.name} · ${designText(start, start.cells.length)}`);
  if (before) say(`${start.cells.length - left} are done already`);
  if (before && start.steps > before.steps && isScheduled(start)) {
    note('the learning rate follows a schedule over all steps: runs that go on to more had a shorter one so far');
  }
  if (left > 0)
    say(`${Math.min(jobs, left)} at a time, ${threads} thread${threads === 1 ? '' : 's'} each, in ${shown(folder)}`);
  const told = untilTold('headless', () => process.exit(exitCode.interrupted));
  // Whoever reads what it prints has gone: `| head`, a closed terminal.
  process.stdout.on('error', () => told.abort('standard output was closed'));
  const how = { program: ownProgram, words: pluginWords(), nice: flags.nice };
  let written = systemClock.now();
  const end = await runPool(start, folder, {
    jobs,
    clock: systemClock,
    told: told.signal,
    start: (record, cell) => startCell(folder, record, cell, how),
    keep: (record) => writeSweep(folder, record),
    onBusy: (run) => note(`${run} is being trained by another process; it is waited for`),
    async onChange(record, cell) {
      if (cell.state === 'running' || cell.state === 'waiting') return;
      say(await endedLine(record, cell, folder, jobs));
      if (systemClock.now() - written < resultsEvery) return;
      written = systemClock.now();
      await writeResults(record, folder, () => undefined);
    },
  });
  return finish(end, folder, flags, told.signal);
}

async function finish(end: SweepRecord, folder: string, { json }: SweepFlags, told?: AbortSignal): Promise<number> {
  const results = await writeResults(end, folder, (message) => note(message));
  if (json) printJson({ v: 1, sweep: end.name, rows: resultRows(end, results) });
  else if (results.some(({ outcome }) => outcome))
    print('', ...resultsText(end, results, {}), '', `results  ${shown(join(folder, 'results.csv'))}`);
  const failed = end.cells.filter(({ state }) => state === 'failed');
  for (const cell of failed) tell(`incline: ${cellText(end, cell)} failed: ${cell.reason}`);
  if (told?.aborted) {
    const left = end.cells.filter(({ state }) => state === 'waiting' || state === 'stopped').length;
    tell(`incline: ${told.reason}: saved, ${left} of ${end.cells.length} runs are left; the same command goes on`);
    return exitCode.interrupted;
  }
  if (failed.length === 0) return exitCode.done;
  tell(`incline: ${failed.length} of ${end.cells.length} runs failed; the same command with --retry tries them again`);
  return exitCode.userError;
}

/** @throws UserError unless cells that cannot be trained may be left out */
function sayImpossible({ impossible }: Checked, mayLeaveOut: boolean): void {
  if (impossible.length === 0) return;
  const lines = impossible.map(({ settings, why }) => `${settingsText(settings)}: ${why.message}`);
  if (mayLeaveOut) {
    note(...lines.map((line) => `left out: ${line}`));
    return;
  }
  const others = lines.slice(1, 4).map((line) => ` | ${line}`);
  const more = lines.length > 4 ? ` | and ${lines.length - 4} more (--dry-run lists them)` : '';
  throw new UserError({
    what: `${lines.length} combination${lines.length === 1 ? '' : 's'} cannot be trained: ${lines[0]}${others.join('')}${more}`,
    fix: 'nothing was started; change the grid, or leave them out with --skip-impossible',
  });
}

/** Says what would be trained. */
function dryRun({ asked, jobs }: Checked, folder: string): number {
  const before = isSweep(folder) ? readSweep(folder) : undefined;
  const { cells } = before ? extended(before, asked, { retry: false }) : newSweep(asked);
  print(
    `sweep ${asked.name} · ${designText(asked, asked.cells.length)} · ${asked.steps} steps each, ${jobs} at a time`,
  );
  for (const cell of cells) print(`  ${cell.state.padEnd(8)} ${cell.run}`);
  return exitCode.done;
}

function makeFolder(folder: string): void {
  if (isSweep(folder)) return;
  const there = statSync(folder, { throwIfNoEntry: false });
  if (there && (!there.isDirectory() || readdirSync(folder).length > 0)) {
    throw new UserError({ where: folder, what: 'is there already, and is no sweep', fix: 'choose another --name' });
  }
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new UserError({
      where: folder,
      what: `cannot make this folder (${(error as Error).message})`,
      fix: 'choose another --dir',
    });
  }
}

const isScheduled = ({ config }: SweepRecord): boolean =>
  (config['train'] as { readonly schedule?: string }).schedule !== 'constant';
