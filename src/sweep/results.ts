import { join } from 'node:path';
import { csvOf } from '../core/csv.ts';
import { UserError } from '../core/errors.ts';
import { writeFileAtomic } from '../core/files.ts';
import { lastSnapshotOf, stepOfLast } from './cell_look.ts';
import { picked, variedPaths } from './cells.ts';
import { whyOther } from './changed.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import type { Cell, SweepRecord } from './record.ts';

/** A cell with what it has come to; no outcome before its first snapshot. */
export interface CellResult {
  readonly cell: Cell;
  readonly outcome?: Outcome;
}

/** Cells that are read at a time. */
const together = 16;

/**
 * What the cells of a sweep have come to, as the last snapshots of their runs tell.
 * @param onNotice told of snapshots that cannot be read
 */
export async function resultsOf(
  { cells }: SweepRecord,
  folder: string,
  onNotice: (message: string) => void,
): Promise<CellResult[]> {
  const results: CellResult[] = [];
  for (let start = 0; start < cells.length; start += together) {
    const some = cells.slice(start, start + together);
    results.push(...(await Promise.all(some.map((cell) => resultOf(cell, folder, onNotice)))));
  }
  return results;
}

async function resultOf(cell: Cell, folder: string, onNotice: (message: string) => void): Promise<CellResult> {
  const own = join(folder, cell.run);
  const why = whyOther(cell, await stepOfLast(own));
  if (why !== undefined) {
    onNotice(`${cell.run} is left out: ${why}`);
    return { cell };
  }
  const snapshot = await lastSnapshotOf(own);
  if (snapshot === undefined) return { cell };
  try {
    return { cell, outcome: await outcomeOf(snapshot) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    onNotice(error.message);
    return { cell };
  }
}

/** One row of `results.csv`: a cell and a metric, with every varied setting as a column of its own. */
export type ResultRow = Readonly<Record<string, unknown>>;

/** A row a cell and metric; cells without an outcome have one row without a metric. */
export function resultRows(sweep: SweepRecord, results: readonly CellResult[]): ResultRow[] {
  const paths = variedPaths(sweep);
  return results.flatMap(({ cell, outcome }): ResultRow[] => {
    const place = { cell: cell.id, run: cell.run, seed: cell.seed, ...picked(cell.settings, paths), state: cell.state };
    if (!outcome) {
      const nothing = { metric: null, last: null, best: null, best_step: null, stderr: null, n: null };
      return [{ ...place, step: cell.step ?? 0, ...nothing }];
    }
    return outcome.measured.map(({ metric, last, best, bestStep, stderr, n }) => {
      return { ...place, step: outcome.step, metric, last, best, best_step: bestStep, stderr, n };
    });
  });
}

export function resultsCsv(sweep: SweepRecord, rows: readonly ResultRow[]): string {
  const columns = ['cell', 'run', 'seed', ...variedPaths(sweep), 'state', 'step', 'metric', 'last', 'best'];
  const all = [...columns, 'best_step', 'stderr', 'n'];
  return csvOf([all, ...rows.map((row) => all.map((name) => row[name]))]);
}

/** `run,seed,<each varied path>,metric,step,value`: every curve, with at most so many values as snapshots keep. */
function curvesCsv(sweep: SweepRecord, results: readonly CellResult[]): string {
  const paths = variedPaths(sweep);
  return csvOf([['run', 'seed', ...paths, 'metric', 'step', 'value'], ...curveRows(paths, results)]);
}

function* curveRows(paths: readonly string[], results: readonly CellResult[]): Generator<readonly unknown[]> {
  for (const { cell, outcome } of results) {
    const place = [cell.run, cell.seed, ...paths.map((path) => cell.settings[path])];
    for (const [metric, curve] of outcome?.curves ?? []) {
      const view = curve.view();
      for (let i = 0; i < view.length; i++) {
        const { step, value } = view.at(i)!;
        yield [...place, metric, step, value];
      }
    }
  }
}

/** Writes `results.csv` and `curves.csv` into the folder of a sweep. @returns the results */
export async function writeResults(
  sweep: SweepRecord,
  folder: string,
  onNotice: (message: string) => void,
): Promise<CellResult[]> {
  const results = await resultsOf(sweep, folder, onNotice);
  await writeFileAtomic(join(folder, 'results.csv'), `${resultsCsv(sweep, resultRows(sweep, results))}\n`);
  await writeFileAtomic(join(folder, 'curves.csv'), `${curvesCsv(sweep, results)}\n`);
  return results;
}
