import { mean, std } from '../core/stats.ts';
import { picked, textOf, type Values, variedPaths } from './cells.ts';
import type { Measured } from './outcome.ts';
import type { SweepRecord } from './record.ts';
import type { CellResult } from './results.ts';
import { isCounted } from './state.ts';

/** What is taken together: of a sweep, the cells of one combination of settings, its seeds. */
export interface Group {
  readonly settings: Values;
  readonly results: readonly Pick<CellResult, 'outcome'>[];
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
  const groups = new Map<string, { settings: Values; results: CellResult[] }>();
  for (const result of results) {
    const settings = picked(result.cell.settings, paths);
    const group = groups.get(textOf(settings)) ?? { settings, results: [] };
    if (isCounted(result.cell)) group.results.push(result);
    groups.set(textOf(settings), group);
  }
  return [...groups.values()];
}

/** Mean and standard deviation of a metric over the runs of a group that have come somewhere and did not fail. */
export function spreadOf({ results }: Group, metric: string, which: Which): Spread {
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

/** What means and bands of figures stand for. */
export function seedsText(counts: readonly number[]): string {
  const sorted = [...new Set(counts)].sort((a, b) => a - b);
  if (sorted.length === 0 || sorted.at(-1)! <= 1) return 'one seed';
  const range = sorted.length === 1 ? sorted[0] : `${sorted[0]} to ${sorted.at(-1)}`;
  return `mean of ${range} seeds ± 1 standard deviation`;
}
