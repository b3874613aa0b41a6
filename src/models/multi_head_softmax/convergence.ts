import {
  type Matrix,
  matrix,
  multiply,
  rowRange,
  singularValues,
  squaredNorm,
  transpose,
  triangularFactor,
} from '../../core/linalg.ts';
import type { HostTensor } from '../../core/tensor.ts';
import type { Yielding } from '../../core/yielding.ts';
import { type Population, population } from '../../tasks/representation/population.ts';

/** A dictionary and its noise, as in `Problem`, with the floor L* of the loss that is trained. */
interface Setting {
  /** z [token, feature]. */
  readonly features: Matrix;
  /** N. */
  readonly promptExamples: number;
  /** τ. */
  readonly noise: number;
  readonly floor: number;
}

/** Relative rounding of float64. Singular values below it, times the longer side, of the largest count as zero. */
const epsilon = Number.EPSILON;

/**
 * What theory says of gradient descent that starts from w = 0 and heads with these attention patterns (Yang et al. 2024,
 * arXiv 2408.10147, Assumption 2 and Theorem 1). With B_k = Z̄[s_k^1 … s_k^H], Z̄ᵀZ̄ = ZᵀZ + mτI, and Δ0 = L(0) − L*:
 *
 *     ζ0 = min_k λ_min(B_k B_kᵀ),   L(θ_t) − L* ≤ (1 − η_w ζ0 / 2K)^t Δ0
 *
 * if every B_k has rank N (Assumption 2) and the steps are η_Q ≤ 1/L_Q for Q and η_w = γ² η_Q for w. `rate_bound` is that
 * factor at the largest steps allowed; without Assumption 2, or without noise, the theorem says nothing and its numbers
 * are left out. `frozen_loss_floor` is the least loss that training w alone can reach, in (1/2K) Σ_k dist²(Z̄A_k, range B_k).
 *
 * Any root of ZᵀZ + mτI gives the same numbers; the triangular one is used. Cost: K factorizations of N × N.
 *
 * @param attention patterns at the start [prompt, layer, head, token, example], one prompt and one layer
 */
export function* convergence(setting: Setting, attention: HostTensor): Yielding<Record<string, number>> {
  // Whether targets are noisy shifts losses and floor alike; only their difference is used.
  const exact = population({ ...setting, noisyTargets: true });
  const { least, weakest, deficient, distance } = yield* spanOfHeads(exact, attention);
  const zeta0 = deficient > 0 ? 0 : least;
  return {
    zeta0,
    weakest_token: weakest,
    rank_deficient_tokens: deficient,
    frozen_loss_floor: setting.floor + distance / (2 * setting.features.rows),
    f_bar_max: Math.sqrt(Math.max(...columnSquares(exact.factor))),
    ...(zeta0 > 0 && setting.noise > 0 && theorem(setting, exact, zeta0, attention.shape[2]!)),
  };
}

/**
 * What Theorem 1 bounds L − L* by after so many updates; undefined where that is not known of the start.
 * @param theory values of task and model by name
 */
export function gapBound(
  { initial_loss: initial, loss_floor: floor, zeta0 }: Readonly<Record<string, number | null>>,
  { stepOfW, tokens, step }: { readonly stepOfW: number; readonly tokens: number; readonly step: number },
): number | undefined {
  if (typeof zeta0 !== 'number' || typeof initial !== 'number' || typeof floor !== 'number') return undefined;
  return (initial - floor) * rateBound(zeta0, stepOfW, tokens) ** step;
}

/** One step's factor in Theorem 1: 1 − η_w ζ0 / (2K). */
export function rateBound(zeta0: number, stepOfW: number, tokens: number): number {
  return 1 - (stepOfW * zeta0) / (2 * tokens);
}

/** How the heads of the start span what the tokens need. */
interface Span {
  /** min_k λ_min(B_k B_kᵀ), and the token k that has it. */
  readonly least: number;
  readonly weakest: number;
  /** Tokens whose B_k has a rank below N. */
  readonly deficient: number;
  /** Σ_k dist²(Z̄A_k, range B_k). */
  readonly distance: number;
}

function* spanOfHeads({ factor, optimal }: Population, attention: HostTensor): Yielding<Span> {
  const [, , heads, tokens, examples] = attention.shape as [number, number, number, number, number];
  const targets = transpose(multiply(factor, optimal)); // Z̄A_k [token, root]
  const span = { least: Number.POSITIVE_INFINITY, weakest: 0, deficient: 0, distance: 0 };
  for (let k = 0; k < tokens; k++) {
    yield;
    const patterns = matrix(heads, examples);
    for (let h = 0; h < heads; h++) {
      const start = (h * tokens + k) * examples;
      patterns.data.set(attention.data.subarray(start, start + examples), h * examples);
    }
    const spanned = multiply(patterns, transpose(factor)); // B_kᵀ [head, root]
    // Most tokens have more than the least so far, which is quicker to see than how much.
    if (leastEigenvalueExceeds(spanned, span.least)) continue;
    const { values, right } = singularValues(heads > examples ? triangularFactor(spanned) : spanned);
    const negligible = epsilon * Math.max(heads, examples) * values[0]!;
    const rank = values.findLastIndex((value) => value > negligible) + 1;
    const smallest = heads < examples ? 0 : values[examples - 1]!;
    if (smallest * smallest < span.least) Object.assign(span, { least: smallest * smallest, weakest: k });
    if (rank === examples) continue;
    span.deficient++;
    span.distance += squaredNorm(outsideOf(rowRange(targets, k, k + 1), right, rank));
  }
  return span;
}

/** Whether λ_min(aᵀa) > bound for certain, by a Cholesky factorization of aᵀa − bound·I with room for rounding. */
function leastEigenvalueExceeds(a: Matrix, bound: number): boolean {
  const n = a.columns;
  const { data } = multiply(transpose(a), a);
  const shift = bound + 16 * n * epsilon * squaredNorm(a);
  for (let j = 0; j < n; j++) {
    let pivot = data[j * n + j]! - shift;
    for (let k = 0; k < j; k++) pivot -= data[j * n + k]! * data[j * n + k]!;
    if (!(pivot > 0)) return false;
    const root = Math.sqrt(pivot);
    for (let i = j + 1; i < n; i++) {
      let entry = data[i * n + j]!;
      for (let k = 0; k < j; k++) entry -= data[i * n + k]! * data[j * n + k]!;
      data[i * n + j] = entry / root;
    }
  }
  return true;
}

/** The part of `target` [1, root] that is orthogonal to the first `rank` columns of `basis` [root, column]. */
function outsideOf(target: Matrix, basis: Matrix, rank: number): Matrix {
  const axes = rowRange(transpose(basis), 0, rank);
  const along = multiply(axes, transpose(target)); // [axis, 1]
  const inside = multiply(transpose(along), axes);
  return matrix(
    1,
    target.columns,
    target.data.map((value, i) => value - inside.data[i]!),
  );
}

/**
 * Constants of Theorem 1 at the least γ it allows, and the factor at the largest η_Q. The powers of γ in two denominators
 * of L_Q² come from a scan that could not be proof-read; they move η_Q, not ζ0.
 */
function theorem(
  { features, promptExamples: N, noise }: Setting,
  { factor, initialLoss, floor }: Population,
  zeta0: number,
  heads: number,
): Record<string, number> {
  const K = features.rows;
  const excess = initialLoss - floor; // Δ0
  const norm = largestSingularValue(factor); // ‖Z̄‖
  const norm4 = norm * norm * norm * norm;
  const cross = largestSingularValue(multiply(rowRange(features, 0, N), transpose(features))); // ‖ZᵀẐ‖
  const longest = Math.sqrt(Math.max(...columnSquares(factor)));
  const gamma =
    Math.sqrt(
      ((128 * Math.SQRT2) / (Math.SQRT2 - 1)) * norm * norm * Math.sqrt(heads) * longest * K * Math.sqrt(K) * excess,
    ) /
    (zeta0 * Math.sqrt(Math.sqrt(zeta0)));
  const gamma2 = gamma * gamma;
  const zeta2 = zeta0 * zeta0;
  const slope =
    (8 * Math.SQRT2 * heads * Math.sqrt(K) * norm * norm * Math.sqrt(excess)) / zeta0 +
    1 +
    cross / (features.columns * noise);
  const smoothness2 =
    slope * slope * norm4 * ((8 * gamma2) / K + (4096 * K * K * N * excess) / (gamma * zeta2)) +
    2 *
      heads *
      heads *
      norm4 *
      ((gamma2 * gamma2) / (K * K) + (16384 * K * K * K * norm * norm * excess * excess) / (gamma * zeta2 * zeta2));
  const etaQ = 1 / Math.sqrt(smoothness2);
  const etaW = gamma2 * etaQ;
  return { gamma, eta_q: etaQ, eta_w: etaW, rate_bound: rateBound(zeta0, etaW, K) };
}

function largestSingularValue(a: Matrix): number {
  return singularValues(a).values[0]!;
}

function columnSquares(a: Matrix): number[] {
  return Array.from({ length: a.columns }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < a.rows; i++) sum += a.data[i * a.columns + j]! * a.data[i * a.columns + j]!;
    return sum;
  });
}
