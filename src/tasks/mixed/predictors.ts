import type { Predictions } from '../functions/predictor_evaluation.ts';
import type { Prompts } from '../functions/prompts.ts';
import { supportsOf } from './supports.ts';

type Shown = Pick<Prompts, 'count' | 'dim' | 'points' | 'inputs' | 'labels'>;

/** Where weights come from: with probability `share` from N(0, d/s) on s of the d inputs, else from N(0, 1) on all. */
export interface Prior {
  readonly sparsity: number;
  readonly share: number;
  /** Standard deviation of the noise on labels, σ. */
  readonly noise: number;
}

/**
 * Posterior of weights ~ N(0, variance I) on some inputs, example by example: mean m and covariance P, by
 * v = xᵀPx + σ², k = Px/v, m ← m + k (y − xᵀm), P ← P − k (Px)ᵀ; and the logarithm of how likely the labels were, Σ log N(y; xᵀm, v).
 */
class LinearPosterior {
  evidence = 0;
  readonly #support: readonly number[];
  readonly #variance: number;
  readonly #noise: number;
  readonly #mean: Float64Array;
  readonly #covariance: Float64Array;
  /** Px of the latest input asked for. */
  readonly #turned: Float64Array;

  constructor(support: readonly number[], variance: number, noise: number) {
    this.#support = support;
    this.#variance = variance;
    this.#noise = noise;
    this.#mean = new Float64Array(support.length);
    this.#covariance = new Float64Array(support.length ** 2);
    this.#turned = new Float64Array(support.length);
  }

  restart(): void {
    const size = this.#support.length;
    this.evidence = 0;
    this.#mean.fill(0);
    this.#covariance.fill(0);
    for (let i = 0; i < size; i++) this.#covariance[i * size + i] = this.#variance;
  }

  /** The prediction xᵀm. */
  mean(input: Float32Array): number {
    return this.#support.reduce((sum, j, i) => sum + this.#mean[i]! * input[j]!, 0);
  }

  learn(input: Float32Array, label: number): void {
    const size = this.#support.length;
    let variance = this.#noise ** 2;
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += this.#covariance[i * size + k]! * input[this.#support[k]!]!;
      this.#turned[i] = sum;
      variance += sum * input[this.#support[i]!]!;
    }
    const surprise = label - this.mean(input);
    this.evidence -= 0.5 * (surprise ** 2 / variance + Math.log(2 * Math.PI * variance));
    for (let i = 0; i < size; i++) {
      const gain = this.#turned[i]! / variance;
      this.#mean[i]! += gain * surprise;
      for (let k = 0; k < size; k++) this.#covariance[i * size + k]! -= gain * this.#turned[k]!;
    }
  }
}

/**
 * Three Bayes estimators of every label from the examples before it [prompt * point]: `dense_bayes` for dense weights alone, which is
 * ridge with penalty σ²; `sparse_bayes` for sparse ones, Σ_S p_S x_Sᵀm_S over all supports with p_S ∝ how likely labels were;
 * `mixture_bayes` for the mixture of both, the best there is.
 */
export function mixedPredictions({ count, dim, points, inputs, labels }: Shown, prior: Prior): Predictions {
  const dense = new LinearPosterior(
    Array.from({ length: dim }, (_, j) => j),
    1,
    prior.noise,
  );
  const sparse = supportsOf(dim, prior.sparsity).map(
    (support) => new LinearPosterior(support, dim / prior.sparsity, prior.noise),
  );
  const [ofDense, ofSparse, ofBoth] = [0, 1, 2].map(() => new Float64Array(count * points)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let at = 0; at < count * points; at++) {
    if (at % points === 0) for (const one of [dense, ...sparse]) one.restart();
    const input = inputs.subarray(at * dim, (at + 1) * dim);
    ofDense[at] = dense.mean(input);
    const largest = sparse.reduce((most, { evidence }) => Math.max(most, evidence), Number.NEGATIVE_INFINITY);
    let [weighted, total] = [0, 0];
    for (const one of sparse) {
      const weight = Math.exp(one.evidence - largest);
      weighted += weight * one.mean(input);
      total += weight;
    }
    ofSparse[at] = weighted / total;
    const ofSupports = largest + Math.log(total / sparse.length);
    // Where one class alone is possible its odds are infinite, which the logistic function takes.
    const odds = Math.log(prior.share / (1 - prior.share)) + ofSupports - dense.evidence;
    const isSparse = 1 / (1 + Math.exp(-odds));
    ofBoth[at] = isSparse * ofSparse[at]! + (1 - isSparse) * ofDense[at]!;
    for (const one of [dense, ...sparse]) one.learn(input, labels[at]!);
  }
  return { dense_bayes: ofDense, sparse_bayes: ofSparse, mixture_bayes: ofBoth };
}
