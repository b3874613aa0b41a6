import { ridgeOperator } from '../../baselines/ridge.ts';
import {
  columnSums,
  type Matrix,
  matrix,
  multiply,
  rowRange,
  singularValues,
  squaredNorm,
  subtract,
  transpose,
  triangularFactor,
} from '../../core/linalg.ts';

/** Task vectors λ ~ N(mean·1, deviation²·I). */
export interface WeightDistribution {
  readonly mean: number;
  readonly deviation: number;
}

export const inDomain: WeightDistribution = { mean: 0, deviation: 1 };
export const outOfDomain: WeightDistribution = { mean: 1, deviation: 2 };

/**
 * Representation regression (Yang et al. 2024, arXiv 2408.10147): a fixed dictionary of K tokens with features z_k in R^m.
 * A prompt has labels y_k = λᵀ(z_k + ε_k), ε_k ~ N(0, τI_m); its first N tokens are shown with their labels.
 */
export interface Problem {
  /** z [token, feature]. */
  readonly features: Matrix;
  /** N. */
  readonly promptExamples: number;
  /** τ, the variance of the noise on each feature; given λ, a label has noise variance τ‖λ‖². */
  readonly noise: number;
  /** Whether the labels of query tokens (k > N), against which predictions are scored, carry noise too. */
  readonly noisyTargets: boolean;
}

/**
 * Everything about a problem that follows from its dictionary alone. A predictor that is linear in the shown labels is a
 * mixing matrix Â [N, K]: prediction_k = Σ_n Â[n, k] y_n. Below, Z = [z_1 … z_N] and L is ½ E (1/K) Σ_k (prediction_k − y_k)².
 */
export interface Population {
  /** A = (I_N, Zᵀ(ZZᵀ + mτI)⁻¹Z^Q): the mixing of least loss, which predicts by ridge regression with penalty mτ. */
  readonly optimal: Matrix;
  /** Mixing of ridge regression with penalty Nτ, which the paper calls best. */
  readonly best: Matrix;
  /** R [N, N] with RᵀR = ZᵀZ + mτI, so that L − L* = (1/2K)‖R(Â − A)‖². */
  readonly factor: Matrix;
  /** L*, the loss of the optimal mixing; twice it is the ridge limit's mean squared error, since prompt tokens add none. */
  readonly floor: number;
  /** Loss of the `best` mixing: L* + ½ `ridgeGap`, so never less than L*. */
  readonly bestLoss: number;
  /** E (1/K)‖prediction by `optimal` − prediction by `best`‖², λ ~ N(0, I); zero only at N = m or without noise. */
  readonly ridgeGap: number;
  /** Loss of the zero predictor. */
  readonly initialLoss: number;
  /** E (1/K)‖prediction − optimal prediction‖² over prompts with λ ~ `weights`; in-domain it is 2(L − L*). */
  inferenceLoss(mixing: Matrix, weights: WeightDistribution): number;
}

/** Closed forms of section 3 of the paper; without noise, their limits as τ → 0. */
export function population(problem: Problem): Population {
  const { features, promptExamples, noise } = problem;
  const labelNoise = features.columns * noise; // E‖λ‖²τ in-domain
  const signal = transpose(rowRange(features, 0, promptExamples)); // Z [feature, n]
  const optimal = ridgeMixing(features, promptExamples, labelNoise);
  const best = ridgeMixing(features, promptExamples, promptExamples * noise);
  const noisyTokens = problem.noisyTargets ? features.rows : promptExamples;

  return {
    optimal,
    best,
    factor: triangularFactor(stackIdentity(signal, Math.sqrt(labelNoise))),
    floor: ridgeLoss(problem, optimal),
    bestLoss: ridgeLoss(problem, best),
    ridgeGap: ridgeGap(problem),
    initialLoss: (squaredNorm(features) + noisyTokens * labelNoise) / (2 * features.rows),
    inferenceLoss(mixing, { mean, deviation }) {
      // With D = Â − A the error is Dᵀ(Zᵀλ + noise), E[λλᵀ] = deviation²·I + mean²·11ᵀ, E‖λ‖² = m(deviation² + mean²).
      const difference = subtract(mixing, optimal);
      const shown = multiply(signal, difference);
      const explained = deviation * deviation * squaredNorm(shown) + mean * mean * squaredNorm(columnSums(shown));
      const noisy = labelNoise * (deviation * deviation + mean * mean) * squaredNorm(difference);
      return (explained + noisy) / features.rows;
    },
  };
}

/** Mixing [N, K] that repeats the labels of prompt tokens and predicts the others by ridge regression on their features. */
function ridgeMixing(features: Matrix, promptExamples: number, penalty: number): Matrix {
  const operator = ridgeOperator(rowRange(features, 0, promptExamples), penalty);
  const mixing = transpose(multiply(features, operator));
  for (let n = 0; n < promptExamples; n++) {
    for (let k = 0; k < promptExamples; k++) mixing.data[n * features.rows + k] = n === k ? 1 : 0;
  }
  return mixing;
}

/**
 * Loss of a mixing that repeats the labels of prompt tokens, (1/2K) Σ_{k>N} [‖Za_k − z_k‖² + mτ(‖a_k‖² + 1)], without the 1
 * for noise-free targets. For ridge regression with penalty mτ this is L* = (mτ/2K) Σ_{k>N} [1 + z_kᵀ(ZZᵀ + mτI)⁻¹z_k], and
 * holds for τ = 0 too.
 */
function ridgeLoss({ features, promptExamples, noise, noisyTargets }: Problem, mixing: Matrix): number {
  const queries = rowRange(features, promptExamples, features.rows);
  const mixed = rowRange(transpose(mixing), promptExamples, features.rows);
  const residual = subtract(multiply(mixed, rowRange(features, 0, promptExamples)), queries);
  const noisy = features.columns * noise * (squaredNorm(mixed) + (noisyTargets ? queries.rows : 0));
  return (squaredNorm(residual) + noisy) / (2 * features.rows);
}

/**
 * Expected distance between ridge regression with penalty mτ and with penalty Nτ (figure 3 of the paper):
 *
 *     (1/K) Σ_{k>N} z_kᵀ D (S² + mτS) D z_k,   S = ZZᵀ,   D = (S + mτI)⁻¹ − (S + NτI)⁻¹ = (N − m)τ (S + mτI)⁻¹(S + NτI)⁻¹,
 *
 * summed along the singular vectors v_i of Z with singular values s_i, as the difference of inverses loses up to eight
 * digits when N < m.
 */
export function ridgeGap({ features, promptExamples, noise }: Problem): number {
  if (noise === 0) return 0;
  const { values, right } = singularValues(rowRange(features, 0, promptExamples));
  const along = multiply(rowRange(features, promptExamples, features.rows), right); // z_kᵀv_i [query, i]
  const difference = (promptExamples - features.columns) * noise;
  const factors = values.map((s) => {
    const limit = s * s + features.columns * noise;
    const best = s * s + promptExamples * noise;
    return (difference * s) / (Math.sqrt(limit) * best);
  });
  let sum = 0;
  along.data.forEach((value, i) => {
    const part = value * factors[i % factors.length]!;
    sum += part * part;
  });
  return sum / features.rows;
}

/** [a; scale·I]. */
function stackIdentity(a: Matrix, scale: number): Matrix {
  const stacked = matrix(a.rows + a.columns, a.columns);
  stacked.data.set(a.data);
  for (let i = 0; i < a.columns; i++) stacked.data[(a.rows + i) * a.columns + i] = scale;
  return stacked;
}
