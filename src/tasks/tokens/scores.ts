import { estimate } from '../../metrics/estimate.ts';
import type { Estimate } from '../../protocol/events.ts';

/** Predictions at positions of prompts, beside what is to be predicted. */
export interface Predicted {
  readonly count: number;
  readonly positions: number;
  readonly vocabulary: number;
  /** log q [prompt, position, symbol]. */
  readonly logs: ArrayLike<number>;
  /** p, one-hot or shares, to hold q against [prompt, position, symbol]. */
  readonly target: ArrayLike<number>;
}

/** −Σ_l p_l log q_l at every position, in nats [prompt, position]; what p rules out does not count. */
export function lossesOf({ count, positions, vocabulary, logs, target }: Predicted): Float64Array {
  return Float64Array.from({ length: count * positions }, (_, at) => {
    let loss = 0;
    for (let i = at * vocabulary; i < (at + 1) * vocabulary; i++) if (target[i]! > 0) loss -= target[i]! * logs[i]!;
    return loss;
  });
}

/** 1 where the likeliest symbol is the one that came; of k equally likely ones that it is among, 1/k [prompt, position]. */
export function hitsOf(
  { count, positions, vocabulary, logs }: Omit<Predicted, 'target'>,
  came: ArrayLike<number>,
): Float64Array {
  return Float64Array.from({ length: count * positions }, (_, at) => {
    let [most, ties] = [Number.NEGATIVE_INFINITY, 0];
    for (let i = at * vocabulary; i < (at + 1) * vocabulary; i++) {
      if (logs[i]! > most) [most, ties] = [logs[i]!, 1];
      else if (logs[i] === most) ties += 1;
    }
    return logs[at * vocabulary + came[at]!] === most ? 1 / ties : 0;
  });
}

/** The mean over positions, prompt by prompt. */
export function overPositions(values: Float64Array, count: number): Estimate {
  const positions = values.length / count;
  return estimate(
    Float64Array.from({ length: count }, (_, p) => {
      const own = values.subarray(p * positions, (p + 1) * positions);
      return own.reduce((sum, value) => sum + value, 0) / positions;
    }),
  );
}

/** `<family>/<tokens>`: the mean at each position over the prompts, by how many tokens were seen there. */
export function byPosition(
  family: string,
  values: Float64Array,
  count: number,
  seenAt = (position: number) => position + 1,
): Record<string, Estimate> {
  const positions = values.length / count;
  return Object.fromEntries(
    Array.from({ length: positions }, (_, t) => [
      `${family}/${seenAt(t)}`,
      estimate(Float64Array.from({ length: count }, (_, p) => values[p * positions + t]!)),
    ]),
  );
}

/** Predicted tokens at the end of a sequence, from 1 on near its start, that an in-context score compares. */
const late = 4;
const early = 4;

/**
 * Mean loss of the last four predicted tokens less that of the fourth to the seventh: how much the context helps, below 0 where it
 * does. Olsson et al. 2022, there of the 500th and the 50th token.
 * @param losses [prompt, position]
 */
export function inContextScore(losses: Float64Array, count: number, width = late, from = early): Estimate {
  const positions = losses.length / count;
  const meanOf = (p: number, first: number) =>
    losses.subarray(p * positions + first, p * positions + first + width).reduce((sum, one) => sum + one, 0) / width;
  return estimate(Float64Array.from({ length: count }, (_, p) => meanOf(p, positions - width) - meanOf(p, from - 1)));
}
