import type { Matrix } from './heatmap.ts';

/** The end of a scale that begins at 0. */
export interface SharedScale {
  readonly end: number;
  /** Whether an entry lies beyond the end. */
  readonly exceeded: boolean;
}

/** Ends of the scale, few enough that it seldom changes. */
const scaleEnds = [0.01, 0.015, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
/** Of weights as multiples of an even spread: beyond eight times, that a key is attended to is plain, and others are to be seen beside it. */
export const timesEnds: readonly number[] = [2, 3, 4, 6, 8];
/** Share of the rows that may reach beyond the scale, lest one of them takes the colours from all others. */
const beyond = 0.01;
/** Relative error of a weight, which may come out above 1. */
const rounding = 1e-6;
/** Entries looked at to find the end of the scale. */
const sample = 20_000;

/**
 * One scale for all the matrices, from their entries as they are, however small they are drawn: to a round number that at
 * most one row in a hundred exceeds. A row of a single entry, which is 1 whatever was learned, has no say.
 */
export function sharedScale(matrices: readonly Matrix[], ends: readonly number[] = scaleEnds): SharedScale {
  const total = matrices.reduce((sum, { data }) => sum + data.length, 0);
  const stride = Math.max(1, Math.floor(total / sample)) | 1;
  const peaks: number[] = [];
  for (const matrix of matrices) {
    for (let row = 0; row < matrix.rows; row += stride) {
      const { largest, entries } = peakOf(matrix, row);
      if (entries > 1) peaks.push(largest);
    }
  }
  const exceeding = (end: number) => peaks.filter((peak) => peak > end * (1 + rounding)).length;
  const end = ends.find((one) => exceeding(one) <= beyond * peaks.length) ?? ends.at(-1)!;
  return { end, exceeded: exceeding(end) > 0 };
}

/** The largest entry of a row, by magnitude, and how many there are. */
function peakOf({ columns, data }: Matrix, row: number): { largest: number; entries: number } {
  let [largest, entries] = [0, 0];
  for (let at = row * columns; at < (row + 1) * columns; at++) {
    const size = Math.abs(data[at]!);
    if (Number.isNaN(size)) continue;
    entries += 1;
    if (size > largest) largest = size;
  }
  return { largest, entries };
}
