import type { RandomStream } from '../../core/random.ts';
import { type Chain, type ChainSizes, chainOf, drawSequence, drawTransitions, placeAfter } from './chain.ts';

/** Where chains come from: one of a pool, or every sequence its own. */
export type ChainSource = (stream: RandomStream) => Chain;

/** @param draw the number of one of the pool */
export const fromPool =
  (pool: readonly Chain[], draw: (stream: RandomStream) => number): ChainSource =>
  (stream) =>
    pool[draw(stream)]!;

export const fromPrior =
  (sizes: ChainSizes, alpha: number): ChainSource =>
  (stream) =>
    chainOf(drawTransitions(sizes, alpha, stream), sizes);

/** Sequences of a chain each, of which all but the last symbol are shown, and all but the first asked for. */
export interface Sequences {
  readonly count: number;
  /** Symbols shown, T. */
  readonly length: number;
  readonly vocabulary: number;
  /** [prompt, token]. */
  readonly shown: Uint16Array;
  /** The symbol after each [prompt, token]. */
  readonly next: Uint16Array;
  readonly chains: readonly Chain[];
}

/** Draws sequences one after the other, so that more of them leave the first ones as they are. */
export function drawSequences(
  source: ChainSource,
  { count, length, vocabulary }: Pick<Sequences, 'count' | 'length' | 'vocabulary'>,
  stream: RandomStream,
): Sequences {
  const [shown, next] = [new Uint16Array(count * length), new Uint16Array(count * length)];
  const chains = Array.from({ length: count }, (_, p) => {
    const chain = source(stream);
    const symbols = drawSequence(chain, length + 1, vocabulary, stream);
    shown.set(symbols.subarray(0, length), p * length);
    next.set(symbols.subarray(1), p * length);
    return chain;
  });
  return { count, length, vocabulary, shown, next, chains };
}

/** The distribution that each next symbol is drawn from [prompt, token, symbol]. */
export function trueRows({ count, length, vocabulary: V, shown, chains }: Sequences): Float64Array {
  const rows = new Float64Array(count * length * V);
  for (let at = 0; at < count * length; at++) {
    const [p, t] = [Math.floor(at / length), at % length];
    const chain = chains[p]!;
    const own = shown.subarray(p * length, (p + 1) * length);
    const { known, context } = placeAfter(own, t + 1, chain.length - 1, V);
    rows.set(chain[known]!.subarray(context * V, (context + 1) * V), at * V);
  }
  return rows;
}
