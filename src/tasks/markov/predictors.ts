import { type Chain, placeAfter } from './chain.ts';
import type { Sequences } from './prompts.ts';

type Shown = Pick<Sequences, 'count' | 'length' | 'vocabulary' | 'shown'>;

/**
 * (n_t(c, b) + α) / (n_t(c) + V α) with counts of what came after the last `context` symbols c up to t: of none the unigram, of one the
 * bigram, of two the trigram. Bayes for a chain of that order with rows from Dirichlet(α, …, α), but for what its first
 * symbols tell. Edelman et al. 2024, arXiv 2402.11004. Uniform while fewer symbols are known. [prompt, token, symbol]
 */
export function countPredictions({ count, length, vocabulary: V, shown }: Shown, context: number, alpha: number) {
  const predictions = new Float64Array(count * length * V);
  const counts = new Float64Array(V ** (context + 1));
  for (let at = 0; at < count * length; at++) {
    const [p, t] = [Math.floor(at / length), at % length];
    if (t === 0) counts.fill(0);
    const own = shown.subarray(p * length, (p + 1) * length);
    if (t >= context) counts[placeAfter(own, t + 1, context + 1, V).context]! += 1;
    const { known, context: now } = placeAfter(own, t + 1, context, V);
    if (known < context) {
      predictions.fill(1 / V, at * V, (at + 1) * V);
      continue;
    }
    const row = counts.subarray(now * V, (now + 1) * V);
    const total = row.reduce((sum, one) => sum + one, V * alpha);
    for (let b = 0; b < V; b++) predictions[at * V + b] = (row[b]! + alpha) / total;
  }
  return predictions;
}

/**
 * Σ_k p_t(k) P_k(c, b) with p_t(k) ∝ the frequency of chain k times the probability that chain k gives what is shown up to t, where at most `context` symbols decide
 * on the next: with that of the chains, Bayes over the pool; with 0, retrieval by symbol counts (Park et al. 2024, arXiv 2412.01003).
 * Likelihoods are kept as logarithms, relative to the largest. Chains are as frequent unless said. [prompt, token, symbol]
 */
export function poolPredictions(
  { count, length, vocabulary: V, shown }: Shown,
  pool: readonly Chain[],
  context: number,
  frequencies?: Float64Array,
): Float64Array {
  const predictions = new Float64Array(count * length * V);
  const prior = Float64Array.from(pool, (_, k) => Math.log(frequencies?.[k] ?? 1));
  const logs = pool.map((chain) => chain.map((rows) => rows.map(Math.log)));
  const likelihoods = new Float64Array(pool.length);
  for (let at = 0; at < count * length; at++) {
    const [p, t] = [Math.floor(at / length), at % length];
    if (t === 0) likelihoods.set(prior);
    const own = shown.subarray(p * length, (p + 1) * length);
    const before = placeAfter(own, t, context, V);
    const after = placeAfter(own, t + 1, context, V);
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < pool.length; k++) {
      likelihoods[k]! += logs[k]![before.known]![before.context * V + own[t]!]!;
      largest = Math.max(largest, likelihoods[k]!);
    }
    const row = predictions.subarray(at * V, (at + 1) * V);
    let total = 0;
    for (let k = 0; k < pool.length; k++) {
      const weight = Math.exp(likelihoods[k]! - largest);
      total += weight;
      const rows = pool[k]![after.known]!;
      for (let b = 0; b < V; b++) row[b]! += weight * rows[after.context * V + b]!;
    }
    for (let b = 0; b < V; b++) row[b]! /= total;
  }
  return predictions;
}
