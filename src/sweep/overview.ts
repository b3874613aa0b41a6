import { mean, std } from '../core/stats.ts';
import { picked, textOf, type Values, variedPaths } from './cells.ts';
import { budgetOf } from './extend.ts';
import type { FollowedCell, FollowedSweep } from './follow.ts';
import type { Spread } from './groups.ts';
import type { SweepRecord } from './record.ts';
import { bandOfSampled, endApart } from './sampled.ts';
import { isCounted, isOver } from './state.ts';

/** The runs of one combination of settings: its seeds, seen as one. */
export interface Combination {
  readonly settings: Values;
  readonly cells: readonly FollowedCell[];
  /** Its place in the matrix, counted from 0. */
  readonly row: number;
  readonly column: number;
}

/** The combinations of a sweep, laid out: values of its first setting down, those of all others across. */
export interface Matrix {
  readonly combinations: readonly Combination[];
  readonly rows: number;
  readonly columns: number;
}

/** @param before what was laid out last: combinations of which nothing is new stay the same objects */
export function matrixOf({ sweep, cells }: FollowedSweep, before?: Matrix): Matrix {
  const known = new Map(before?.combinations.map((one) => [textOf(one.settings), one]));
  const down = Object.keys(sweep.grid).slice(0, 1);
  const across = variedPaths(sweep).filter((path) => !down.includes(path));
  const [rows, columns] = [new Places(), new Places()];
  const found = new Map<
    string,
    { -readonly [K in keyof Combination]: K extends 'cells' ? FollowedCell[] : Combination[K] }
  >();
  for (const cell of cells) {
    const key = textOf(cell.settings);
    const one = found.get(key);
    if (one) one.cells.push(cell);
    else {
      const settings = picked(cell.settings, variedPaths(sweep));
      const [row, column] = [rows.of(picked(settings, down)), columns.of(picked(settings, across))];
      found.set(key, { settings, cells: [cell], row, column });
    }
  }
  const combinations = [...found.values()].map((one): Combination => {
    const old = known.get(textOf(one.settings));
    return old && isUnchanged(old, one) ? old : one;
  });
  return { combinations, rows: rows.count, columns: columns.count };
}

function isUnchanged(old: Combination, now: Combination): boolean {
  const isInPlace = old.row === now.row && old.column === now.column && old.cells.length === now.cells.length;
  return isInPlace && now.cells.every((cell, i) => cell === old.cells[i]);
}

/** Numbers of settings in the order in which they come. */
class Places {
  readonly #known = new Map<string, number>();

  get count(): number {
    return this.#known.size;
  }

  of(settings: Values): number {
    const key = textOf(settings);
    const place = this.#known.get(key) ?? this.#known.size;
    this.#known.set(key, place);
    return place;
  }
}

const bands = new WeakMap<Combination, Map<string, ReturnType<typeof bandOfSampled>>>();

/** A metric along training, over the seeds that did not fail; kept while the combination lives. */
export function curveOf(combination: Combination, metric: string, steps: number): ReturnType<typeof bandOfSampled> {
  const known = bands.get(combination) ?? new Map<string, ReturnType<typeof bandOfSampled>>();
  bands.set(combination, known);
  const key = `${steps} ${metric}`;
  const curves = counted(combination).flatMap(({ curves }) => curves.get(metric) ?? []);
  const band = known.get(key) ?? bandOfSampled(curves, steps);
  known.set(key, band);
  return band;
}

/** Least, largest and least positive value of a metric over the seeds that did not fail. */
interface Extent {
  readonly low: number;
  readonly high: number;
  readonly positive: number;
}

const extents = new WeakMap<Combination, Map<string, Extent>>();

/** Kept while the combination lives; ends of an empty range where there is no value. */
export function extentOf(combination: Combination, metric: string): Extent {
  const known = extents.get(combination) ?? new Map<string, Extent>();
  extents.set(combination, known);
  const there = known.get(metric);
  if (there) return there;
  let [low, high, positive] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const { curves } of counted(combination)) {
    curves.get(metric)?.forEach((value) => {
      if (value < low) low = value;
      if (value > high) high = value;
      if (value > 0 && value < positive) positive = value;
    });
  }
  const extent = { low, high, positive };
  known.set(metric, extent);
  return extent;
}

type EndSpread = Spread & { readonly apart: boolean };

const spreads = new WeakMap<Combination, Map<string, EndSpread>>();

/** The last values of a metric over the seeds that did not fail, and whether they are of different steps; kept while the combination lives. */
export function spreadOver(combination: Combination, metric: string): EndSpread {
  const known = spreads.get(combination) ?? new Map<string, EndSpread>();
  spreads.set(combination, known);
  const spread = known.get(metric) ?? endSpread(counted(combination), metric);
  known.set(metric, spread);
  return spread;
}

function endSpread(cells: readonly FollowedCell[], metric: string): EndSpread {
  const values = cells.flatMap(({ last }) => last.get(metric) ?? []);
  const lowest = values.length > 0 ? Math.min(...values) : null;
  const apart = endApart(cells.flatMap(({ curves }) => curves.get(metric) ?? []));
  return { mean: values.length > 0 ? mean(values) : null, sd: std(values), lowest, n: values.length, apart };
}

function counted({ cells }: Combination): FollowedCell[] {
  return cells.filter(isCounted);
}

/** Whether what a combination has come to can be held against others: every run of it that did not fail is done. */
export const isFinal = (combination: Combination): boolean =>
  counted(combination).length > 0 && counted(combination).every(({ state }) => state === 'done');

/** The share of all updates that is done. */
export function shareDone(cells: readonly FollowedCell[], steps: number): number {
  const done = cells.reduce((sum, { step, state }) => sum + (state === 'done' ? steps : Math.min(step, steps)), 0);
  return cells.length > 0 && steps > 0 ? done / (cells.length * steps) : 1;
}

/**
 * Seconds until some cells of a sweep are done, as fast as they train now or, before they begin, as others did; null when
 * nothing is known or nothing is left.
 * @param jobs how many of them are trained at a time
 */
export function secondsLeft(
  { sweep, cells }: FollowedSweep,
  of: readonly FollowedCell[],
  jobs = sweep.jobs ?? Math.max(1, cells.filter(({ state }) => state === 'running').length),
): number | null {
  const left = of.filter(({ state }) => !isOver(state));
  const usual = secondsAStep(cells);
  const times = left.map(({ step, stepsPerSecond }) => {
    const each = stepsPerSecond === null ? usual : 1 / stepsPerSecond;
    return each === null ? null : secondsFrom(sweep, step, 1 / each);
  });
  if (left.length === 0 || times.some((time) => time === null)) return null;
  const longest = Math.max(...times.map(Number));
  return Math.max(longest, times.reduce<number>((sum, time) => sum + time!, 0) / Math.min(jobs, left.length));
}

/** Seconds that a cell still takes that trains so fast: until its last step or, about, until its time budget is spent. */
export function secondsFrom(sweep: SweepRecord, step: number, stepsPerSecond: number): number {
  const budget = budgetOf(sweep);
  const last = budget > 0 ? Math.min(sweep.steps, stepsPerSecond * budget) : sweep.steps;
  return Math.max(0, last - step) / stepsPerSecond;
}

/** By what is done, else by what is being trained. */
function secondsAStep(cells: readonly FollowedCell[]): number | null {
  const done = cells.filter(({ state, step, seconds }) => state === 'done' && step > 0 && seconds !== undefined);
  if (done.length > 0) {
    return done.reduce((sum, { seconds }) => sum + seconds!, 0) / done.reduce((sum, { step }) => sum + step, 0);
  }
  const rates = cells.flatMap(({ stepsPerSecond }) => stepsPerSecond ?? []);
  return rates.length > 0 ? 1 / mean(rates) : null;
}

/** Names of the metrics that a sweep has measured and that have a direction, those that runs are judged by first. */
export function metricsOf({ cells, metrics }: FollowedSweep): string[] {
  const names = new Set<string>();
  for (const { curves } of cells) for (const name of curves.keys()) names.add(name);
  const telling = [...names].filter((name) => (metrics?.info(name)?.better ?? 'none') !== 'none');
  const judged = metrics?.headlines.filter((name) => names.has(name)) ?? [];
  return [...new Set([...judged, ...(telling.length > 0 ? telling : names)])];
}

/** The best value first, the smallest where none is better; combinations without one at the end. */
export function byEffect(
  combinations: readonly Combination[],
  metric: string,
  better: 'lower' | 'higher' | 'none',
): Combination[] {
  const sign = better === 'higher' ? -1 : 1;
  const placed = combinations.map((one) => ({ one, value: spreadOver(one, metric).mean }));
  const place = (value: number | null): number => (value === null ? Number.POSITIVE_INFINITY : sign * value);
  const order = (a: number, b: number): number => Number(a > b) - Number(a < b);
  return placed.sort((a, b) => order(place(a.value), place(b.value))).map(({ one }) => one);
}

/** How many of the cells are in each state. */
export function countsOf(cells: readonly Pick<SweepRecord['cells'][number], 'state'>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { state } of cells) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}
