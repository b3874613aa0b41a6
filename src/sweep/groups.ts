import { mean, std } from '../core/stats.ts';
import { picked, textOf, type Values, variedPaths } from './cells.ts';
import type { Measured } from './outcome.ts';
import type { SweepRecord } from './record.ts';
import type { CellResult } from './results.ts';
import { isCounted } from './state.ts';

/** What is taken together: of a sweep, the cells of one combination of settings, its seeds. */
export interface Group {
  readonly settings: Values;
  /** Without those of cells that failed. */
  readonly results: readonly Pick<CellResult, 'outcome'>[];
  /** How many of these cells are not done, and how many failed besides. */
  readonly open: number;
  readonly failed: number;
}

/** A value over seeds. */
export interface Spread {
  readonly mean: number | null;
  /** Sample standard deviation over seeds; null for fewer than two. */
  readonly sd: number | null;
  /** Of the seeds. */
  readonly lowest: number | null;
  /** Seeds that have a value. */
  readonly n: number;
}

/** Which value of a curve is meant. */
export type Which = 'last' | 'best';

/**
 * The combinations of a sweep, each with its seeds, in the order of the cells.
 * @param paths settings that tell groups apart; all that vary unless given: then seeds and others are averaged over together
 */
export function groupsOf(
  sweep: SweepRecord,
  results: readonly CellResult[],
  paths: readonly string[] = variedPaths(sweep),
): Group[] {
  const groups = new Map<string, { settings: Values; results: CellResult[]; open: number; failed: number }>();
  for (const result of results) {
    const settings = picked(result.cell.settings, paths);
    const group = groups.get(textOf(settings)) ?? { settings, results: [], open: 0, failed: 0 };
    groups.set(textOf(settings), group);
    if (isCounted(result.cell)) group.results.push(result);
    else group.failed++;
    if (isCounted(result.cell) && result.cell.state !== 'done') group.open++;
  }
  return [...groups.values()];
}

/** Mean and standard deviation of a metric over the runs of a group that have come somewhere and did not fail. */
export function spreadOf({ results }: Pick<Group, 'results'>, metric: string, which: Which): Spread {
  const values = results.flatMap(({ outcome }) => {
    const value = outcome?.measured.find((one: Measured) => one.metric === metric)?.[which];
    return value === null || value === undefined ? [] : [value];
  });
  const some = values.length > 0;
  return {
    mean: some ? mean(values) : null,
    sd: std(values),
    lowest: some ? Math.min(...values) : null,
    n: values.length,
  };
}

/** What a mean over a group leaves out or takes in too early; empty where all of its cells are done. */
export function openText({ results, open, failed }: Group): string {
  const all = results.length + failed;
  if (failed === all) return all === 1 ? 'failed' : `all ${all} failed`;
  return open + failed > 0 ? `${results.length - open} of ${all} done` : '';
}

/** The same of all groups: `2 of 30 runs unfinished, 1 failed`. */
export function openRunsText(groups: readonly Group[]): string {
  const sum = (of: (group: Group) => number): number => groups.reduce((total, group) => total + of(group), 0);
  const [open, failed] = [sum((group) => group.open), sum((group) => group.failed)];
  const all = sum(({ results }) => results.length) + failed;
  const runs = ` of ${all} runs`;
  if (open === 0) return failed === 0 ? '' : `${failed}${runs} failed`;
  return `${open}${runs} unfinished${failed === 0 ? '' : `, ${failed} failed`}`;
}

/** What means and bands of figures stand for; `lowEnd` of core says how far down a band goes. */
export function bandsText(counts: readonly number[]): string {
  const text = seedsText(counts);
  return text.startsWith('mean') ? `${text}, not below the lowest seed` : text;
}

/** What means of figures stand for. */
export function seedsText(counts: readonly number[]): string {
  const sorted = [...new Set(counts)].filter((count) => count > 0).sort((a, b) => a - b);
  if (sorted.length === 0 || sorted.at(-1)! <= 1) return 'one seed';
  const range = sorted.length === 1 ? sorted[0] : `${sorted[0]} to ${sorted.at(-1)}`;
  return `mean of ${range} seeds ± 1 standard deviation`;
}
