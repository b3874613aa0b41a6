import { mean, stderr } from '../core/stats.ts';

/** A mean over n independent units with its standard error, which is null when n < 2 or the value is exact (n = 0). */
interface MeasuredMean {
  readonly mean: number;
  readonly stderr: number | null;
  readonly n: number;
}

export function estimate(values: ArrayLike<number>): MeasuredMean {
  return { mean: mean(values), stderr: stderr(values), n: values.length };
}

/** A value that was computed, not sampled. */
export function exactly(value: number): MeasuredMean {
  return { mean: value, stderr: null, n: 0 };
}
