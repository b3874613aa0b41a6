import type { RandomStream } from '../../core/random.ts';

/**
 * A stationary chain: its entry j holds the distribution of the symbol after j known ones, of the first ones and then always after
 * the last `order` [context, symbol]. The contexts of j symbols are numbered with the latest as the lowest digit.
 */
export type Chain = readonly Float64Array[];

export interface ChainSizes {
  /** Symbols, V. */
  readonly vocabulary: number;
  /** Symbols that the next one depends on, n. */
  readonly order: number;
}

/**
 * The chain with these transitions from V^n contexts, which begins as it is in the long run.
 * @param transitions [context, symbol], positive; rows are divided by their sums
 */
export function chainOf(transitions: ArrayLike<number>, { vocabulary: V, order }: ChainSizes): Chain {
  const contexts = V ** order;
  const rows = Float64Array.from({ length: contexts * V });
  for (let c = 0; c < contexts; c++) {
    let sum = 0;
    for (let v = 0; v < V; v++) sum += transitions[c * V + v]!;
    for (let v = 0; v < V; v++) rows[c * V + v] = transitions[c * V + v]! / sum;
  }
  const shares = [stationary(rows, V)];
  // A shorter context is as likely as all that begin with it, which is as all that end with it.
  for (let j = order - 1; j >= 0; j--) {
    const longer = shares[0]!;
    shares.unshift(Float64Array.from({ length: V ** j }, (_, c) => sumOf(longer.subarray(c * V, (c + 1) * V))));
  }
  const before = Array.from({ length: order }, (_, j) =>
    Float64Array.from({ length: V ** (j + 1) }, (_, at) => shares[j + 1]![at]! / shares[j]![Math.floor(at / V)]!),
  );
  return [...before, rows];
}

/**
 * π with π = πP over contexts of n symbols, of which c leads to (c V + v) mod V^n with probability rows[c, v]. Grassmann, Taksar and
 * Heyman 1985: elimination without differences, so that nothing cancels.
 */
function stationary(rows: Float64Array, V: number): Float64Array {
  const n = rows.length / V;
  const P = new Float64Array(n * n);
  for (let c = 0; c < n; c++) for (let v = 0; v < V; v++) P[c * n + ((c * V + v) % n)]! += rows[c * V + v]!;
  for (let k = n - 1; k > 0; k--) {
    let left = 0;
    for (let j = 0; j < k; j++) left += P[k * n + j]!;
    for (let i = 0; i < k; i++) {
      const share = P[i * n + k]! / left;
      P[i * n + k] = share;
      if (share > 0) for (let j = 0; j < k; j++) P[i * n + j]! += share * P[k * n + j]!;
    }
  }
  const weights = new Float64Array(n);
  weights[0] = 1;
  for (let k = 1; k < n; k++) for (let i = 0; i < k; i++) weights[k]! += weights[i]! * P[i * n + k]!;
  const sum = sumOf(weights);
  return weights.map((weight) => weight / sum);
}

const sumOf = (numbers: Float64Array): number => numbers.reduce((sum, one) => sum + one, 0);

/** Transitions with every row from Dirichlet(α, …, α), rounded to float32 and not below 2⁻¹²⁶ [context, symbol]. */
export function drawTransitions({ vocabulary, order }: ChainSizes, alpha: number, stream: RandomStream): Float32Array {
  const rows = new Float32Array(vocabulary ** (order + 1));
  for (let at = 0; at < rows.length; at += vocabulary) {
    const logs = Float64Array.from({ length: vocabulary }, () => logGamma(alpha, stream));
    // Where α is small the numbers themselves would be 0; their shares need not be.
    const largest = logs.reduce((most, log) => Math.max(most, log), Number.NEGATIVE_INFINITY);
    const shares = logs.map((log) => Math.exp(log - largest));
    const sum = sumOf(shares);
    for (let v = 0; v < vocabulary; v++) rows[at + v] = Math.max(shares[v]! / sum, leastShare);
  }
  return rows;
}

const leastShare = 2 ** -126;

/** The logarithm of a number from Gamma(shape, 1). Marsaglia and Tsang 2000; below 1 one from shape + 1 times U^(1/shape). */
function logGamma(shape: number, stream: RandomStream): number {
  if (shape === 1) return Math.log(-Math.log(stream.uniform()));
  if (shape < 1) return logGamma(shape + 1, stream) + Math.log(stream.uniform()) / shape;
  const d = shape - 1 / 3;
  for (;;) {
    const x = stream.gaussian();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(stream.uniform()) < (x * x) / 2 + d - d * v + d * Math.log(v)) return Math.log(d * v);
  }
}

/** The row of a chain, or of shorter contexts alone, for the symbol after those up to place t. */
export interface Place {
  /** Entry of the chain. */
  readonly known: number;
  /** Context, a row of it. */
  readonly context: number;
}

/**
 * What decides on the next symbol after `seen` symbols of a sequence, of which at most `most` count.
 * @param symbols [symbol]
 */
export function placeAfter(symbols: ArrayLike<number>, seen: number, most: number, V: number): Place {
  const known = Math.min(seen, most);
  let context = 0;
  for (let s = seen - known; s < seen; s++) context = context * V + symbols[s]!;
  return { known, context };
}

/** A sequence of the chain. */
export function drawSequence(chain: Chain, length: number, V: number, stream: RandomStream): Uint16Array {
  const symbols = new Uint16Array(length);
  for (let t = 0; t < length; t++) {
    const { known, context } = placeAfter(symbols, t, chain.length - 1, V);
    let rest = stream.uniform();
    let v = 0;
    while (v < V - 1 && rest >= chain[known]![context * V + v]!) rest -= chain[known]![context * V + v++]!;
    symbols[t] = v;
  }
  return symbols;
}
