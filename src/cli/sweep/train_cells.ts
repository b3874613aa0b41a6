import { join } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';
import { duration, plural } from '../../core/format.ts';
import { startCell } from '../../sweep/cell_process.ts';
import { runPool, type Wanted } from '../../sweep/pool.ts';
import { type Cell, type SweepRecord, writeSweep } from '../../sweep/record.ts';
import { resultRows, writeResults } from '../../sweep/results.ts';
import { answerWish, wishesIn } from '../../sweep/wishes.ts';
import { exitCode } from '../output/exit.ts';
import { note, print, printJson, tell } from '../output/output.ts';
import { shown } from '../output/paths.ts';
import { ownProgram, pluginWords } from '../prepare/own_program.ts';
import { granted } from './grant.ts';
import { cellText, endedLine } from './progress.ts';
import { resultsText } from './tables.ts';

/** How often the results so far are written while cells are trained, in milliseconds. */
const resultsEvery = 30_000;

interface TrainCellsOptions {
  /** The wish to save and end. */
  readonly told: AbortController;
  /** Print the results as JSON, and nothing else. */
  readonly json: boolean;
}

/**
 * Trains the cells of a sweep that wait, with a line for each that is over, and does what screens ask for meanwhile.
 * @returns the exit status: 2 where cells failed, 130 where it was told to end
 */
export async function trainCells(start: SweepRecord, folder: string, options: TrainCellsOptions): Promise<number> {
  const { told, json } = options;
  const { jobs = 1, nice = 0 } = start;
  const how = { program: ownProgram, words: pluginWords(), nice };
  const began = systemClock.now();
  let written = began;
  let trained = 0;
  const say = async (record: SweepRecord, cell: Cell): Promise<void> => {
    const line = await endedLine(record, cell, folder, jobs);
    if (!json) print(line);
    if (systemClock.now() - written < resultsEvery) return;
    written = systemClock.now();
    await writeResults(record, folder, () => undefined);
  };
  // One after the other, so that the newest results stay. What cannot be read or written now costs no run.
  let saying = Promise.resolve();
  const end = await runPool(start, folder, {
    jobs,
    clock: systemClock,
    told: told.signal,
    start: (record, cell) => startCell(folder, record, cell, how),
    keep: (record) => writeSweep(folder, record),
    wanted: (record) => asWished(record, folder, told),
    onBusy: (run) => note(`${run} is being trained by another process; it is waited for`),
    onChange(record, cell) {
      if (cell.state === 'running' || cell.state === 'waiting') return;
      trained += 1;
      saying = saying.then(() => say(record, cell)).catch((error: Error) => note(error.message));
    },
  });
  await saying;
  if (!json && trained > 0) print(`${plural(trained, 'run')} in ${duration((systemClock.now() - began) / 1000)}`);
  return finish(end, folder, json, told.signal);
}

/** What wishes make of a sweep. Those that cannot be are answered with why. */
function asWished(record: SweepRecord, folder: string, told: AbortController): Wanted {
  const wishes = wishesIn(folder);
  const refusals = new Map<string, string>();
  const stop: string[] = [];
  let sweep = record;
  for (const { file, wish } of wishes) {
    if (wish.type === 'end') {
      told.abort('a screen asked for it');
      continue;
    }
    try {
      const next = granted(sweep, folder, wish);
      sweep = next.sweep;
      stop.push(...next.stop);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      note(error.message);
      refusals.set(file, error.message);
    }
  }
  const answer = async (): Promise<void> => {
    for (const one of wishes) await answerWish(one, systemClock, refusals.get(one.file));
  };
  return { sweep, stop, ...(wishes.length > 0 && { answer }) };
}

/** Writes the results and says what there is to say of them. @returns the exit status */
export async function finish(end: SweepRecord, folder: string, json: boolean, told?: AbortSignal): Promise<number> {
  const results = await writeResults(end, folder, (message) => note(message));
  if (json) printJson({ v: 1, sweep: end.name, rows: resultRows(end, results) });
  else if (results.some(({ outcome }) => outcome))
    print('', ...resultsText(end, results, {}), '', `results  ${shown(join(folder, 'results.csv'))}`);
  const status = tellFailures(end, told?.aborted);
  if (!told?.aborted) return status;
  const left = end.cells.filter(({ state }) => state === 'waiting' || state === 'stopped').length;
  tell(`incline: ${told.reason}: saved, ${left} of ${end.cells.length} runs are left; the same command goes on`);
  return exitCode.interrupted;
}

/** Says which cells failed, and why, and unless `isLeft` what to do about it. @returns the exit status */
export function tellFailures(sweep: SweepRecord, isLeft = false): number {
  const failed = sweep.cells.filter(({ state }) => state === 'failed');
  for (const cell of failed) tell(`incline: ${cellText(sweep, cell)} failed: ${cell.reason}`);
  if (failed.length === 0) return exitCode.done;
  const advice = 'the same command with --retry tries them again';
  if (!isLeft) tell(`incline: ${failed.length} of ${sweep.cells.length} runs failed; ${advice}`);
  return exitCode.userError;
}
