import { clusteredStderr, mean, stderr } from '../core/stats.ts';
import type { Estimate } from '../protocol/events.ts';

interface MeasuredMean extends Estimate {
  readonly mean: number;
}

/** What a mean was taken of. */
export interface Samples {
  readonly values: ArrayLike<number>;
  /** The task of every value, where several share one. */
  readonly tasks?: ArrayLike<number> | undefined;
}

const samples = new WeakMap<object, Samples>();

/**
 * The mean of independent units; of units that share tasks, with the standard error that is clustered by task.
 * @param tasks the task of every value
 */
export function estimate(values: ArrayLike<number>, tasks?: ArrayLike<number>): MeasuredMean {
  const measured = {
    mean: mean(values),
    stderr: tasks ? clusteredStderr(values, tasks) : stderr(values),
    n: values.length,
    ...(tasks && { tasks: new Set(Array.from(tasks)).size }),
  };
  samples.set(measured, { values, tasks });
  return measured;
}

/**
 * The mean of those units that could be measured; the others, which are not numbers, are counted and left out.
 * @param reason why the first of them could not be
 */
export function estimateOfKnown(
  values: ArrayLike<number>,
  reason: string | undefined,
  tasks?: ArrayLike<number>,
): Estimate {
  const known = Array.from(values, (_, i) => i).filter((i) => Number.isFinite(values[i]));
  const left = values.length - known.length;
  if (left === 0) return estimate(values, tasks);
  const told = { left_out: left, reason: reason ?? 'not finite' };
  if (known.length === 0) return { mean: null, stderr: null, n: 0, ...told };
  const pick = (all: ArrayLike<number>) => Float64Array.from(known, (i) => all[i]!);
  return { ...estimate(pick(values), tasks && pick(tasks)), ...told };
}

/** The numbers that `estimate` was given, while it is the very same object: for differences unit by unit. */
export function samplesOf(measured: object): Samples | undefined {
  return samples.get(measured);
}

/** A value that was computed, not sampled. */
export function exactly(value: number): MeasuredMean {
  return { mean: value, stderr: null, n: 0 };
}

/** What an estimate says in JSON: a mean that is not finite is null, with the reason. */
export function estimateAsJson({ mean, stderr, n, tasks, left_out, reason }: Estimate): Record<string, unknown> {
  const isKnown = mean !== null && Number.isFinite(mean);
  return {
    mean: isKnown ? mean : null,
    ...(!isKnown && { reason: reason ?? 'not finite' }),
    stderr: stderr !== null && Number.isFinite(stderr) ? stderr : null,
    n,
    ...(tasks !== undefined && { tasks }),
    ...(left_out !== undefined && { left_out, reason }),
  };
}
