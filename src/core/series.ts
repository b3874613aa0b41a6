import { Column, Extremes } from './extremes.ts';
import { ExponentialAverage } from './stats.ts';

/** One recorded point. A thinned point stands for several steps, up to and including `step`. */
export interface SeriesPoint {
  readonly step: number;
  /** NaN for a gap. */
  readonly value: number;
  readonly min: number;
  readonly max: number;
}

export interface Reduction {
  /** [columns]; NaN where no value lies. */
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly last: Float64Array;
  /** [columns]; 1 where a recorded gap lies, so that a curve is broken there and not where points are merely sparse. */
  readonly gap: Uint8Array;
}

export interface ReductionRange {
  readonly columns: number;
  /** First and last step shown; for a log scale `from` is positive. */
  readonly from: number;
  readonly to: number;
  readonly scale: 'linear' | 'log';
}

interface Store {
  readonly steps: Column;
  readonly values: Extremes;
  /** Indices of the points that are gaps, rising. */
  readonly gaps: Column;
}

/** A curve as it is recorded: (step, value) points, append-only, steps never falling. */
export class Series {
  readonly #store: Store;
  /** Number of points of a series that stands still. */
  readonly #fixed: number | undefined;
  #view: SeriesView;

  constructor(store: Store = { steps: new Column(), values: new Extremes(), gaps: new Column() }, fixed?: number) {
    this.#store = store;
    this.#fixed = fixed;
    this.#view = new SeriesView(store, this.length);
  }

  get length(): number {
    return this.#fixed ?? this.#store.steps.length;
  }

  /** Step of the last point; −∞ where there is none. */
  get lastStep(): number {
    return this.length > 0 ? this.#store.steps.get(this.length - 1) : Number.NEGATIVE_INFINITY;
  }

  /**
   * Appends a point; null and numbers that are not finite are gaps.
   * @throws RangeError when `step` is not finite or falls, or the series is one `asOf` a step.
   */
  push(step: number, value: number | null, min: number | null = value, max: number | null = value): void {
    if (this.#fixed !== undefined) throw new RangeError('this series stands still');
    const { steps, values, gaps } = this.#store;
    const before = this.lastStep;
    if (!Number.isFinite(step) || step < before) throw new RangeError(`step ${step} does not follow step ${before}`);
    const number = finite(value);
    if (Number.isNaN(number)) gaps.push(this.length);
    steps.push(step);
    values.push(number, finite(min), finite(max));
  }

  /** The series as it stood at `step`, which stays so; shares the points. Cost O(log n). */
  asOf(step: number): Series {
    return new Series(
      this.#store,
      firstIndex(0, this.length, (index) => this.#store.steps.get(index) > step),
    );
  }

  /** A series of its own with the points up to and including `step`; cost linear in them. */
  until(step: number): Series {
    const copy = new Series();
    for (let index = 0; index < this.length && this.#store.steps.get(index) <= step; index++) {
      const { last, min, max } = this.#store.values.at(index);
      copy.push(this.#store.steps.get(index), last, min, max);
    }
    return copy;
  }

  /** The series with the last point of every step only; itself when there is one of each, else a copy. */
  lastOfSteps(): Series {
    const { steps, values } = this.#store;
    const isLast = (index: number): boolean => index + 1 === this.length || steps.get(index) < steps.get(index + 1);
    const kept = Array.from({ length: this.length }, (_, index) => index).filter(isLast);
    if (kept.length === this.length) return this;
    const copy = new Series();
    for (const index of kept) {
      const { last, min, max } = values.at(index);
      copy.push(steps.get(index), last, min, max);
    }
    return copy;
  }

  /** The points so far; the same object until another point is pushed. */
  view(): SeriesView {
    if (this.#view.length !== this.length) this.#view = new SeriesView(this.#store, this.length);
    return this.#view;
  }
}

/**
 * Whether a value goes on from the last point of a curve: after a divergence a run takes up some steps again, and what the
 * curve showed stays; an evaluation that is repeated at a step counts when it found something else, as after pruning.
 */
export function continues(curve: Series, step: number, value: number | null): boolean {
  if (step > curve.lastStep) return true;
  // Snapshots keep single precision.
  const last = Math.fround(curve.view().at(-1)!.value);
  return step === curve.lastStep && !Object.is(last, Math.fround(finite(value)));
}

/** The first `length` points of a series; stays as it is while the series grows. */
export class SeriesView {
  readonly length: number;
  readonly #store: Store;

  constructor(store: Store, length: number) {
    this.#store = store;
    this.length = length;
  }

  /** The point at `index`, counted from the end when negative; undefined out of range. */
  at(index: number): SeriesPoint | undefined {
    const position = index < 0 ? this.length + index : index;
    if (!(position >= 0 && position < this.length)) return undefined;
    const { min, max, last } = this.#store.values.at(position);
    return { step: this.#store.steps.get(position), value: last, min, max };
  }

  /** The last point that is not a gap. */
  get last(): SeriesPoint | undefined {
    let index = this.length - 1;
    while (index >= 0 && Number.isNaN(this.#store.values.at(index).last)) index--;
    return index < 0 ? undefined : this.at(index);
  }

  /** The best value reached and the first point that holds it; cost O(log n). */
  best(better: 'lower' | 'higher'): { readonly step: number; readonly value: number } | undefined {
    const which = better === 'lower' ? 'min' : 'max';
    const value = this.#store.values.extent(0, this.length)[which];
    if (Number.isNaN(value)) return undefined;
    return { step: this.#store.steps.get(this.#store.values.find(which, value, this.length)), value };
  }

  /** First index whose step is at least `step`; `length` when there is none. */
  indexOf(step: number): number {
    return firstIndex(0, this.length, (index) => this.#store.steps.get(index) >= step);
  }

  /**
   * Minimum, maximum and last value in each of `columns` equal parts of [from, to]: a point at u (the step, or its log)
   * lies in column min(columns − 1, floor(columns (u − from) / (to − from))). Cost O(columns · log n).
   * @throws RangeError for a log scale that does not start above 0.
   */
  reduce({ columns, from, to, scale }: ReductionRange): Reduction {
    if (scale === 'log' && !(from > 0)) throw new RangeError(`a log scale starts above 0, not at ${from}`);
    const position = scale === 'log' ? Math.log10 : (step: number) => step;
    const origin = position(from);
    const span = position(to) - origin;
    const columnOf = (index: number) => {
      const share = span > 0 ? (columns * (position(this.#store.steps.get(index)) - origin)) / span : 0;
      return Math.min(columns - 1, Math.floor(share));
    };
    const reduction = emptyReduction(columns);
    const end = firstIndex(0, this.length, (index) => this.#store.steps.get(index) > to);
    for (let start = this.indexOf(from); start < end; ) {
      const column = columnOf(start);
      const stop = firstIndex(start + 1, end, (index) => columnOf(index) > column);
      this.#put(reduction, column, start, stop);
      start = stop;
    }
    return reduction;
  }

  /** Minimum, maximum and last value in equal shares of the points: point i of n lies in column floor(i · columns / n). */
  reduceByIndex(columns: number): Reduction {
    const reduction = emptyReduction(columns);
    for (let column = 0; column < columns; column++) {
      this.#put(reduction, column, this.#shareStart(column, columns), this.#shareStart(column + 1, columns));
    }
    return reduction;
  }

  /** The whole curve in at most `maxColumns` columns, each with the step of its last point. */
  pyramid(maxColumns = 4096): Reduction & { readonly step: Float64Array } {
    const columns = Math.min(maxColumns, this.length);
    const step = new Float64Array(columns);
    for (let column = 0; column < columns; column++) {
      step[column] = this.#store.steps.get(this.#shareStart(column + 1, columns) - 1);
    }
    return { step, ...this.reduceByIndex(columns) };
  }

  #shareStart(column: number, columns: number): number {
    return Math.ceil((column * this.length) / columns);
  }

  #put(reduction: Reduction, column: number, start: number, stop: number): void {
    const { values, gaps } = this.#store;
    const { min, max, last } = values.extent(start, stop);
    reduction.min[column] = min;
    reduction.max[column] = max;
    reduction.last[column] = last;
    const gap = firstIndex(0, gaps.length, (index) => gaps.get(index) >= start);
    if (gap < gaps.length && gaps.get(gap) < stop) reduction.gap[column] = 1;
  }
}

/** The exponential average of a series over all its points, brought up to date when it is looked at. */
export class SmoothedSeries {
  readonly #source: Series;
  readonly #average: ExponentialAverage;
  readonly #smooth = new Series();

  /** @throws RangeError unless 0 ≤ beta < 1. */
  constructor(source: Series, beta: number) {
    this.#source = source;
    this.#average = new ExponentialAverage(beta);
  }

  /** As long as the source is now; cost O(points since the last call). */
  view(): SeriesView {
    const source = this.#source.view();
    while (this.#smooth.length < source.length) {
      const { step, value } = source.at(this.#smooth.length)!;
      this.#smooth.push(step, this.#average.push(value));
    }
    return this.#smooth.view();
  }
}

function finite(value: number | null): number {
  return value !== null && Number.isFinite(value) ? value : Number.NaN;
}

function emptyReduction(columns: number): Reduction {
  const nothing = () => new Float64Array(columns).fill(Number.NaN);
  return { min: nothing(), max: nothing(), last: nothing(), gap: new Uint8Array(columns) };
}

/** First index in [start, end) that passes a test which, once passed, stays passed; `end` when none does. */
function firstIndex(start: number, end: number, passes: (index: number) => boolean): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (passes(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
