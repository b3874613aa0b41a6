import { defaultOptions } from '../../baselines/contract.ts';
import { ridge } from '../../baselines/ridge.ts';
import { type Matrix, matrix } from '../../core/linalg.ts';
import type { Prompts } from '../functions/prompts.ts';

type Shown = Pick<Prompts, 'count' | 'dim' | 'points' | 'inputs' | 'labels'>;

/** What two predictors without training make of every input from the examples before it, [prompt * point]. */
export interface Predictions {
  readonly ridge: Float64Array;
  readonly pool_bayes: Float64Array;
}

/** Tasks of a pool [task, feature], and how often each comes; all as often unless said. */
export interface Pool {
  readonly tasks: Matrix;
  /** Sum to 1. */
  readonly frequencies?: Float64Array;
}

/** Both predictors, for labels with noise of standard deviation `noise`. */
export function predictionsOf(prompts: Shown, pool: Pool, noise: number): Predictions {
  return { ridge: ridgePredictions(prompts, noise * noise), pool_bayes: bayesPredictions(prompts, pool, noise) };
}

/** x_i (XᵀX + σ²I)⁻¹ Xᵀy over the examples before i, Bayes for w ~ N(0, I); 0 without an example. */
function ridgePredictions({ count, dim, points, inputs, labels }: Shown, penalty: number): Float64Array {
  const options = { ...defaultOptions, penalty };
  const rows = (from: number, to: number) =>
    matrix(to - from, dim, Float64Array.from(inputs.subarray(from * dim, to * dim)));
  return Float64Array.from({ length: count * points }, (_, at) => {
    const first = at - (at % points);
    const known = Float64Array.from(labels.subarray(first, at));
    return ridge.predict(rows(first, at), known, rows(at, at + 1), options)[0]!;
  });
}

/**
 * Σ_m p_m w_mᵀx_i with p_m ∝ f_m exp(−Σ_{j<i} (y_j − w_mᵀx_j)² / 2σ²) over the tasks w_m of a pool and their frequencies f_m: Bayes
 * for tasks drawn from it. Raventós et al. 2023, there of equal frequencies. Without an example it is the mean task's. Likelihoods are kept as logarithms, as they are
 * too small for a number where σ is, and taken relative to the largest.
 */
function bayesPredictions(
  { count, dim, points, inputs, labels }: Shown,
  { tasks: pool, frequencies }: Pool,
  noise: number,
): Float64Array {
  const prior = Float64Array.from({ length: pool.rows }, (_, m) => Math.log(frequencies?.[m] ?? 1));
  const predictions = new Float64Array(count * points);
  const likelihoods = new Float64Array(pool.rows);
  const guesses = new Float64Array(pool.rows);
  for (let at = 0; at < predictions.length; at++) {
    if (at % points === 0) likelihoods.set(prior);
    let largest = Number.NEGATIVE_INFINITY;
    for (let m = 0; m < pool.rows; m++) {
      let guess = 0;
      for (let j = 0; j < dim; j++) guess += pool.data[m * dim + j]! * inputs[at * dim + j]!;
      guesses[m] = guess;
      largest = Math.max(largest, likelihoods[m]!);
    }
    let [weighted, total] = [0, 0];
    for (let m = 0; m < pool.rows; m++) {
      const weight = Math.exp(likelihoods[m]! - largest);
      weighted += weight * guesses[m]!;
      total += weight;
      likelihoods[m]! -= (labels[at]! - guesses[m]!) ** 2 / (2 * noise * noise);
    }
    predictions[at] = weighted / total;
  }
  return predictions;
}
