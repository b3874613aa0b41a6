import type { PatternFacts } from '../protocol/events.ts';
import type { ProbeFrame } from '../protocol/messages.ts';

type Attends = Pick<PatternFacts, 'causal' | 'attendable'>;

/** Attention of every head, from `attention` [P, L, H, Tq, Tk]. */
export interface HeadPatterns {
  readonly prompts: number;
  readonly layers: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly data: Float32Array;
  /** What a token may attend to: everything unless said. */
  readonly attends?: Attends;
}

/**
 * The patterns of a picture; undefined when it has none of the documented shape.
 * @param attends what the model says of them: everything may be attended to where that is not known
 */
export function headPatterns(frame: ProbeFrame | undefined, attends: Attends = {}): HeadPatterns | undefined {
  const attention = frame?.tensors['attention'];
  if (attention?.shape.length !== 5 || attention.data.length === 0) return undefined;
  const [prompts, layers, heads, queries, keys] = attention.shape as [number, number, number, number, number];
  if (attention.data.length !== prompts * layers * heads * queries * keys) return undefined;
  return { prompts, layers, heads, queries, keys, data: attention.data, attends };
}

/** Who attends to whom in every picture of attention: it is never drawn the other way round. */
export const attentionAxes = 'query ↓ attends to key →';

/** A pattern, NaN where attention is masked. */
interface Pattern {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

/**
 * The pattern [Tq, Tk] of a head, counted through the layers, on a prompt or in the mean of all; where a prompt has one
 * query, the prompts are the rows.
 */
export function patternOf(patterns: HeadPatterns, head: number, prompt: number | 'mean'): Pattern {
  const { prompts, layers, heads, queries, keys, data, attends = {} } = patterns;
  const size = queries * keys;
  const on = (p: number) => data.subarray((p * layers * heads + head) * size, (p * layers * heads + head + 1) * size);
  if (queries === 1) {
    const stacked = new Float32Array(prompts * keys);
    for (let p = 0; p < prompts; p++) stacked.set(on(p), p * keys);
    return { rows: prompts, columns: keys, data: stacked };
  }
  const shown = prompt === 'mean' ? meanOf(prompts, on) : on(Math.min(prompt, prompts - 1));
  return { rows: queries, columns: keys, data: blanked(shown, keys, attends) };
}

/** The mean of `count` equally long lists. */
function meanOf(count: number, list: (index: number) => Float32Array): Float32Array {
  const mean = new Float32Array(list(0).length);
  for (let index = 0; index < count; index++) {
    const values = list(index);
    for (let at = 0; at < mean.length; at++) mean[at]! += values[at]! / count;
  }
  return mean;
}

/** The entries [query, key] without those that the model forbids, which are 0 whatever it learns. */
function blanked(data: Float32Array, keys: number, { causal = false, attendable = keys }: Attends): Float32Array {
  if (!causal && attendable >= keys) return data;
  return data.map((value, at) => {
    const [query, key] = [Math.floor(at / keys), at % keys];
    return key >= attendable || (causal && key > query) ? Number.NaN : value;
  });
}

/** The largest weight of each query [query]; NaN where it has one key to look at, and no choice. */
export function largestWeights({ rows, columns, data }: Pattern): Float32Array {
  const weights = new Float32Array(rows).fill(Number.NaN);
  for (let row = 0; row < rows; row++) {
    let [largest, choices] = [Number.NEGATIVE_INFINITY, 0];
    // A loop, not lists: it is gone through for every head and picture.
    for (let at = row * columns; at < (row + 1) * columns; at++) {
      const weight = data[at]!;
      if (Number.isNaN(weight)) continue;
      choices += 1;
      if (weight > largest) largest = weight;
    }
    if (choices > 1) weights[row] = largest;
  }
  return weights;
}

/** Mean of the largest weights of the queries that have a choice: 1 where each looks at one key. */
export function sharpness(pattern: Pattern): number {
  let [sum, count] = [0, 0];
  for (const weight of largestWeights(pattern)) {
    if (Number.isNaN(weight)) continue;
    sum += weight;
    count += 1;
  }
  return count === 0 ? 1 : sum / count;
}
