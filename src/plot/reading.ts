import type { SeriesView } from '../core/series.ts';

/** What a curve shows at a place of the step axis. */
export interface Reading {
  /** Step of the last point there; before the place where no point lies in it. */
  readonly step: number;
  /** Last, least and largest value there; NaN at a gap. */
  readonly value: number;
  readonly min: number;
  readonly max: number;
}

/** The steps that one cell of the step axis stands for, both included. */
export interface CellSteps {
  readonly first: number;
  readonly last: number;
}

/** The points of a curve in a cell, else the last one before it; undefined before the first. Cost O(log n). */
export function readAt(view: SeriesView, { first, last }: CellSteps): Reading | undefined {
  const stop = view.indexOf(last + 1);
  const point = stop > 0 ? view.at(stop - 1) : undefined;
  if (!point || point.step < first) return point;
  const { min, max } = view.reduce({ columns: 1, from: first, to: last, scale: 'linear' });
  return { step: point.step, value: point.value, min: min[0]!, max: max[0]! };
}
