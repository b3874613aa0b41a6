import { mean, stderr } from '../core/stats.ts';

/** A mean over n independent units with its standard error, which is null when n < 2 or the value is exact (n = 0). */
interface MeasuredMean {
  readonly mean: number;
  readonly stderr: number | null;
  readonly n: number;
}

const samples = new WeakMap<object, ArrayLike<number>>();

export function estimate(values: ArrayLike<number>): MeasuredMean {
  const measured = { mean: mean(values), stderr: stderr(values), n: values.length };
  samples.set(measured, values);
  return measured;
}

/** The numbers that `estimate` was given, while it is the very same object: for differences unit by unit. */
export function samplesOf(measured: object): ArrayLike<number> | undefined {
  return samples.get(measured);
}

/** A value that was computed, not sampled. */
export function exactly(value: number): MeasuredMean {
  return { mean: value, stderr: null, n: 0 };
}
