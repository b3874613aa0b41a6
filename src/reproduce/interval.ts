import { mean, std } from '../core/stats.ts';
import { quantileOfT } from '../core/student.ts';

/** A mean over seeds with its two-sided 95 % interval (Student's t); no interval for a single seed. */
export interface Interval {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
  /** Sample standard deviation over seeds. */
  readonly sd: number | null;
}

export type MeanKind = 'arithmetic' | 'geometric';

/** @param kind geometric: of the logarithms, for values that spread over orders of magnitude */
export function intervalOf(values: readonly number[], kind: MeanKind): Interval {
  const [into, back] = kind === 'geometric' ? [Math.log, Math.exp] : [same, same];
  const placed = values.map(into);
  const [centre, sd] = [mean(placed), std(placed)];
  if (sd === null) return { mean: back(centre), low: null, high: null, sd };
  const half = (quantileOfT(values.length - 1) * sd) / Math.sqrt(values.length);
  return { mean: back(centre), low: back(centre - half), high: back(centre + half), sd };
}

const same = (value: number): number => value;

/** Most seeds that are asked for: beyond, no number of runs is worth naming. */
const mostSeeds = 10_000;

/**
 * The least number of seeds whose interval would leave out what now lies in it, were mean and spread to stay as they are;
 * undefined beyond ten thousand.
 * @param distance of the mean from the nearest threshold
 * @param sd of one seed, on the same scale
 */
export function seedsToDecide(distance: number, sd: number): number | undefined {
  if (!(distance > 0)) return undefined;
  const decides = (n: number): boolean => (quantileOfT(n - 1) * sd) / Math.sqrt(n) < distance;
  if (!decides(mostSeeds)) return undefined;
  let [low, high] = [1, mostSeeds];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (decides(middle)) high = middle;
    else low = middle;
  }
  return high;
}
