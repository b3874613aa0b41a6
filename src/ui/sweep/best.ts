import type { FollowedSweep } from '../../sweep/follow.ts';
import { byEffect, type Combination, isFinal, type Matrix, spreadOver } from '../../sweep/overview.ts';

interface Ranked {
  readonly matrix: Matrix;
  readonly metric: string | undefined;
  readonly data: FollowedSweep;
}

const found = new WeakMap<Matrix, Map<string, Combination | undefined>>();

/** The finished combination with the best mean of the metric; undefined where none is better, or fewer than two are to be held against each other. */
export function bestOf({ matrix, metric = '', data }: Ranked): Combination | undefined {
  const better = data.metrics?.info(metric)?.better ?? 'none';
  if (better === 'none') return undefined;
  const known = found.get(matrix) ?? new Map<string, Combination | undefined>();
  found.set(matrix, known);
  if (!known.has(metric)) {
    const valued = matrix.combinations.filter((one) => isFinal(one) && spreadOver(one, metric).mean !== null);
    known.set(metric, valued.length < 2 ? undefined : byEffect(valued, metric, better)[0]);
  }
  return known.get(metric);
}
