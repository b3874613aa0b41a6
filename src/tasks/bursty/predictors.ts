import type { Classes } from './classes.ts';
import type { Layout, Prompts } from './prompts.ts';

/** A noise below this is as none. */
const leastNoise = 1e-6;

/**
 * p(l) ∝ Σ_k f_k exp(−(1+ε²) D ‖x_q − μ_k/√(1+ε²)‖² / 2ε²) over the classes of label l: Bayes for a query that comes without a
 * context. Reddy 2024, arXiv 2312.03002. [prompt, label]
 */
export function inWeights(prompts: Prompts, known: Classes, { noise }: Pick<Layout, 'noise'>): Float64Array {
  const { means, dim, labelOf, labels, frequencies } = known;
  const { count, pairs, exemplars } = prompts;
  const variance = Math.max(noise, leastNoise) ** 2;
  const scale = 1 / Math.sqrt(1 + variance);
  const shares = new Float64Array(count * labels);
  const logs = new Float64Array(frequencies.length);
  for (let p = 0; p < count; p++) {
    const query = exemplars.subarray((p * (pairs + 1) + pairs) * dim, (p + 1) * (pairs + 1) * dim);
    for (let k = 0; k < logs.length; k++) {
      let distance = 0;
      for (let j = 0; j < dim; j++) distance += (query[j]! - scale * means[k * dim + j]!) ** 2;
      logs[k] = Math.log(frequencies[k]!) - ((1 + variance) * dim * distance) / (2 * variance);
    }
    const largest = logs.reduce((most, log) => Math.max(most, log), Number.NEGATIVE_INFINITY);
    const row = shares.subarray(p * labels, (p + 1) * labels);
    for (let k = 0; k < logs.length; k++) row[labelOf[k]!]! += Math.exp(logs[k]! - largest);
    normalise(row);
  }
  return shares;
}

/** Sharpness β of the vote, for exemplars of length about 1. */
const sharpness = 16;

/** p(l) = Σ_i softmax_i(β x_qᵀx_i) over the pairs of label l in the context: what an induction head gives. [prompt, label] */
export function inContext(
  prompts: Prompts,
  { dim, labels }: Pick<Classes, 'dim' | 'labels'>,
  beta = sharpness,
): Float64Array {
  const { count, pairs, exemplars } = prompts;
  const shares = new Float64Array(count * labels);
  for (let p = 0; p < count; p++) {
    const first = p * (pairs + 1);
    const scores = Float64Array.from({ length: pairs }, (_, i) => {
      let along = 0;
      for (let j = 0; j < dim; j++) along += exemplars[(first + i) * dim + j]! * exemplars[(first + pairs) * dim + j]!;
      return beta * along;
    });
    const largest = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
    const row = shares.subarray(p * labels, (p + 1) * labels);
    for (let i = 0; i < pairs; i++) row[prompts.labels[first + i]!]! += Math.exp(scores[i]! - largest);
    normalise(row);
  }
  return shares;
}

function normalise(row: Float64Array): void {
  const sum = row.reduce((total, one) => total + one, 0);
  for (let l = 0; l < row.length; l++) row[l]! /= sum;
}
