import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { isLeftover } from '../../core/files.ts';
import { commandLine } from '../../core/own_command.ts';
import { untilTold } from '../../core/signals.ts';
import { isSweep } from '../../store/sweep_folder.ts';
import { usualNice } from '../../sweep/cell_process.ts';
import { settingsText } from '../../sweep/cells.ts';
import { extended } from '../../sweep/extend.ts';
import { keepPreset } from '../../sweep/kept_preset.ts';
import { readSweep, type SweepRecord, writeSweep } from '../../sweep/record.ts';
import { writeResults } from '../../sweep/results.ts';
import type { Flags } from '../options/table.ts';
import { exitCode } from '../output/exit.ts';
import { lockOptions } from '../output/lock_options.ts';
import { note, print, printJson } from '../output/output.ts';
import { shown } from '../output/paths.ts';
import { directoryOf } from '../preferences/directory.ts';
import { readPreferences } from '../preferences/preferences.ts';
import { hasFullScreen } from '../screen/full_screen.ts';
import { asFound } from './as_found.ts';
import { type DesignFlags, wantedSweep } from './design.ts';
import { launchSweep } from './launch.ts';
import { locked } from './locked.ts';
import { onSlurm, requireHere, requireSlurm, type SlurmFlags, scriptOf } from './on_slurm.ts';
import { type Checked, checkSweep, newSweep } from './prepare.ts';
import { designText, stepsNotes } from './progress.ts';
import { finish, trainCells } from './train_cells.ts';

export type SweepFlags = DesignFlags &
  SlurmFlags &
  Flags<'dir' | 'nice' | 'retry' | 'skipImpossible' | 'dryRun' | 'json' | 'force' | 'headless' | 'detach'> & {
    readonly on?: 'slurm' | 'local';
  };

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
  sayImpossible(checked, flags.skipImpossible);
  if (flags.dryRun) return dryRun(checked, folder, flags);
  const isPlain = flags.headless || flags.json || (!flags.detach && !hasFullScreen());
  makeFolder(folder);
  if (isAway) {
    return locked(folder, lockOptions(flags.force), async () =>
      finish(await onSlurm(checked, folder, flags), folder, flags.json),
    );
  }
  if (isPlain) {
    return locked(folder, lockOptions(flags.force), async () => {
      const told = untilTold('headless', () => process.exit(exitCode.interrupted));
      // Whoever reads what it prints has gone: `| head`, a closed terminal.
      process.stdout.on('error', () => told.abort('standard output was closed'));
      const start = await begun(checked, folder, flags);
      return trainCells(start, folder, { told, json: flags.json });
    });
  }
  await locked(folder, lockOptions(flags.force), async (lock) => {
    const record = await begun(checked, folder, flags);
    if (record.cells.some(({ state }) => state === 'waiting')) await launchSweep(folder, lock);
    // The process that trained the last of them may have been killed before it wrote them.
    else await writeResults(record, folder, () => undefined);
  });
  if (!flags.detach) return (await import('./screen.ts')).showSweepOf(folder);
  print(`${wanted.name} is training in the background`, `  ${commandLine('attach', wanted.name)}`);
  return exitCode.done;
}

/** Writes the sweep down as it is to be, and says what there is to do. */
async function begun({ asked, jobs }: Checked, folder: string, flags: SweepFlags): Promise<SweepRecord> {
  const before = isSweep(folder) ? await asFound(await requireHere(folder, flags.force), folder) : undefined;
  const start = { ...(before ? extended(before, asked, flags) : newSweep(asked)), jobs, nice: flags.nice ?? usualNice };
  await keepPreset(folder, start, asked.raw);
  await writeSweep(folder, start);
  if (flags.json) return start;
  const left = start.cells.filter(({ state }) => state === 'waiting').length;
  const threads = Number(start.settings['threads']);
  print(`sweep ${start.name} · ${designText(start, start.cells.length)}`);
  const failed = start.cells.filter(({ state }) => state === 'failed').length;
  const done = `${start.cells.length - left - failed} are done already`;
  if (before) print(failed === 0 ? done : `${done}, ${failed} failed`);
  if (before) note(...stepsNotes(before, asked));
  if (left > 0)
    print(`${Math.min(jobs, left)} at a time, ${threads} thread${threads === 1 ? '' : 's'} each, in ${shown(folder)}`);
  return start;
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
  const more = lines.length > 4 ? ` | and ${lines.length - 4} more (--skip-impossible --dry-run lists them)` : '';
  throw new UserError({
    what: `${lines.length} combination${lines.length === 1 ? '' : 's'} cannot be trained: ${lines[0]}${others.join('')}${more}`,
    fix: 'nothing was started; change the grid, or leave them out with --skip-impossible',
  });
}

/** Says what would be trained, and by what script on a cluster. */
function dryRun({ asked, jobs, impossible }: Checked, folder: string, flags: SweepFlags): number {
  const { json, on } = flags;
  const before = isSweep(folder) ? readSweep(folder) : undefined;
  const next = before ? extended(before, asked, { retry: false }) : newSweep(asked);
  if (before) note(...stepsNotes(before, asked));
  if (json) {
    const runs = next.cells.map(({ run, settings, seed, state }) => ({ run, settings, seed, state }));
    const left_out = impossible.map(({ settings, why }) => ({ settings, reason: why.message }));
    printJson({ v: 1, sweep: next.name, folder, steps: next.steps, runs, left_out });
    return exitCode.done;
  }
  const where = on === 'slurm' ? 'on Slurm' : `${jobs} at a time`;
  print(`sweep ${next.name} · ${designText(next, next.cells.length)} · ${next.steps} steps each, ${where}`);
  for (const cell of next.cells) print(`  ${cell.state.padEnd(8)} ${cell.run}`);
  const count = next.cells.filter(({ state }) => state === 'waiting').length;
  if (on === 'slurm' && count > 0) print('', ...scriptOf(next.name, count, flags).trimEnd().split('\n'));
  return exitCode.done;
}

/** What a sweep that was killed as it began leaves: it has no record yet. */
const isOfStart = (name: string): boolean => isLeftover(name) || ['lock.json', 'preset.json'].includes(name);

function makeFolder(folder: string): void {
  if (isSweep(folder)) return;
  try {
    const there = statSync(folder, { throwIfNoEntry: false });
    if (there && (!there.isDirectory() || !readdirSync(folder).every(isOfStart))) {
      throw new UserError({ where: folder, what: 'is there already, and is no sweep', fix: 'choose another --name' });
    }
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError({
      where: folder,
      what: `cannot make this folder (${(error as Error).message})`,
      fix: 'choose another --dir',
    });
  }
}
