import { z } from 'zod';
import type { RandomStream } from '../../core/random.ts';

/** Keys of how often each of a pool is drawn. */
export const frequencyKeys = {
  zipf: z
    .number()
    .min(0)
    .max(10)
    .default(0)
    .describe('How unequally often those of the pool come, f_k ∝ k^−α · r^(k−1): its α; 0 for no such decay'),
  geometric: z.number().min(1e-3).max(1).default(1).describe('The r of that; 1 for no such decay'),
};

/** f_k ∝ k^−α r^(k−1) for k = 1, 2, …, which sum to 1. */
export function frequenciesOf(count: number, exponent: number, ratio = 1): Float64Array {
  const weights = Float64Array.from({ length: count }, (_, k) => (k + 1) ** -exponent * ratio ** k);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** Draws k by such frequencies, with one number of the stream. */
export function drawerOf(frequencies: Float64Array): (stream: RandomStream) => number {
  const upTo = frequencies.slice();
  for (let k = 1; k < upTo.length; k++) upTo[k]! += upTo[k - 1]!;
  return (stream) => {
    const draw = stream.uniform() * upTo.at(-1)!;
    let [low, high] = [0, upTo.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (draw < upTo[middle]!) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** How one of a pool is drawn. */
export interface PoolDrawer {
  /** Sum to 1; absent where all come as often. */
  readonly frequencies?: Float64Array;
  readonly draw: (stream: RandomStream) => number;
}

export function poolDrawer(
  count: number,
  { zipf, geometric }: { readonly zipf: number; readonly geometric: number },
): PoolDrawer {
  if (zipf === 0 && geometric === 1) return { draw: (stream) => stream.integer(count) };
  const frequencies = frequenciesOf(count, zipf, geometric);
  return { frequencies, draw: drawerOf(frequencies) };
}
