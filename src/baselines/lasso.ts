import { type Matrix, matrix, multiply, multiplyVector, transpose } from '../core/linalg.ts';
import { ConvergenceError } from './contract.ts';
import { solveOn } from './shared/active_set.ts';
import { linearRegression } from './shared/define.ts';

/** Moves, each a solution for the current support; up to about twice the number of features are usual. */
const mostMoves = 10_000;

/** Slack in the optimality conditions, as a share of largest input times largest label. */
const tolerance = 1e-13;

/**
 * Minimiser w [feature] of ‖y − Xw‖² / 2n + α‖w‖₁ (scikit-learn's objective, no intercept). With the slopes
 * s = Xᵀ(y − Xw)/n it is optimal when s = α·sign(w) where w ≠ 0 and |s| ≤ α elsewhere. An active-set method, because
 * coordinate descent can take more than 10⁵ sweeps for small α. From w = 0, the steepest of the other features joins the
 * support, and the weights go to the optimum for the support's signs, but not beyond the first zero, where that feature
 * leaves it.
 */
function lassoWeights(x: Matrix, y: Float64Array, alpha: number): Float64Array {
  const adjoint = transpose(x);
  const meanProducts = (v: Float64Array) => multiplyVector(adjoint, v).map((sum) => sum / x.rows);
  const curvature = matrix(
    x.columns,
    x.columns,
    multiply(adjoint, x).data.map((sum) => sum / x.rows),
  );
  const slack = tolerance * largestOf(x.data) * largestOf(y);
  const weights = new Float64Array(x.columns);
  const signs = new Float64Array(x.columns);
  for (let move = 0; move < mostMoves; move++) {
    const fitted = multiplyVector(x, weights);
    const slopes = meanProducts(y.map((label, i) => label - fitted[i]!));
    const excess = slopes.map((slope, j) => (signs[j] === 0 ? 0 : slope - alpha * signs[j]!));
    if (largestOf(excess) <= slack) {
      const joining = steepest(slopes, signs);
      if (joining === undefined || Math.abs(slopes[joining]!) <= alpha + slack) return weights;
      signs[joining] = Math.sign(slopes[joining]!);
      excess[joining] = slopes[joining]! - alpha * signs[joining]!;
    }
    const step = solveOn(curvature, (j) => signs[j] !== 0, excess);
    advance(weights, signs, step);
  }
  throw new ConvergenceError('lasso', mostMoves);
}

/** Feature outside the support with the largest |slope|. */
function steepest(slopes: Float64Array, signs: Float64Array): number | undefined {
  let best: number | undefined;
  for (let j = 0; j < slopes.length; j++) {
    if (signs[j] !== 0) continue;
    if (best === undefined || Math.abs(slopes[j]!) > Math.abs(slopes[best]!)) best = j;
  }
  return best;
}

/** Adds the step to the weights up to the first that would change its sign; that one becomes 0 and loses its sign. */
function advance(weights: Float64Array, signs: Float64Array, step: Float64Array): void {
  let share = 1;
  let leaving: number | undefined;
  for (let j = 0; j < step.length; j++) {
    if (signs[j]! * (weights[j]! + step[j]!) >= 0) continue;
    const toZero = -weights[j]! / step[j]!;
    if (toZero < share) {
      share = toZero;
      leaving = j;
    }
  }
  for (let j = 0; j < step.length; j++) weights[j]! += share * step[j]!;
  if (leaving === undefined) return;
  weights[leaving] = 0;
  signs[leaving] = 0;
}

function largestOf(values: Float64Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

/** Weights of the lasso, with α the option `alpha`. */
export const lasso = linearRegression('lasso', 'lasso', (x, y, { alpha }) => lassoWeights(x, y, alpha));
