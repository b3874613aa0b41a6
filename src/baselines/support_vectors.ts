import type { Matrix } from '../core/linalg.ts';
import { mean } from '../core/stats.ts';
import { ConvergenceError } from './contract.ts';

/** Pairs of coefficients moved. */
const mostMoves = 1_000_000;

/** Slack in the optimality conditions, as a share of the largest residual met on the way, which sets the rounding noise. */
const tolerance = 1e-13;

/** A decision function Σ dualᵢ k(xᵢ, ·) + intercept. */
export interface SupportVectors {
  /** sᵢαᵢ [example]. */
  readonly dual: Float64Array;
  readonly intercept: number;
}

/** The pair that moves next and how far its residuals are from agreeing. */
interface Pair {
  readonly up: number;
  readonly down: number;
  /** Largest residual that may rise, and smallest that may fall. */
  readonly highest: number;
  readonly lowest: number;
}

/**
 * The support vector machine that minimises ½‖w‖² + C Σ max(0, 1 − sᵢ(wᵀφ(xᵢ) + b)), through its dual: maximise
 * Σ sᵢβᵢ − ½βᵀKβ with Σ βᵢ = 0 and 0 ≤ sᵢβᵢ ≤ C. Sequential minimal optimisation: two coefficients move at a time, chosen
 * by the gain they promise (Fan, Chen and Lin 2005, JMLR 6).
 *
 * At the optimum the residuals s − Kβ of all coefficients inside their bounds equal the intercept. Without such a
 * coefficient the intercept is not unique, and the middle of its range is taken.
 *
 * @param kernel K [example, example], positive semidefinite
 * @param signs labels ±1 [example], both among them
 */
export function supportVectors(kernel: Matrix, signs: Float64Array, cost: number): SupportVectors {
  const examples = signs.length;
  const lower = signs.map((sign) => (sign > 0 ? 0 : -cost));
  const upper = signs.map((sign) => (sign > 0 ? cost : 0));
  const dual = new Float64Array(examples);
  const residuals = Float64Array.from(signs);
  let largest = 1;
  for (let move = 0; move < mostMoves; move++) {
    const { up, down, highest, lowest } = choosePair(kernel, residuals, dual, lower, upper);
    if (highest - lowest <= tolerance * largest) {
      const free = residuals.filter((_, i) => dual[i]! > lower[i]! && dual[i]! < upper[i]!);
      return { dual, intercept: free.length > 0 ? mean(free) : (highest + lowest) / 2 };
    }
    const wanted = (residuals[up]! - residuals[down]!) / curvature(kernel, up, down);
    const roomUp = upper[up]! - dual[up]!;
    const roomDown = dual[down]! - lower[down]!;
    const distance = Math.min(wanted, roomUp, roomDown);
    // Bounds are met exactly, so that rounding leaves no coefficient just inside.
    dual[up] = distance === roomUp ? upper[up]! : dual[up]! + distance;
    dual[down] = distance === roomDown ? lower[down]! : dual[down]! - distance;
    for (let i = 0; i < examples; i++) {
      residuals[i]! -= distance * (kernel.data[up * examples + i]! - kernel.data[down * examples + i]!);
      largest = Math.max(largest, Math.abs(residuals[i]!));
    }
  }
  throw new ConvergenceError('support vector machine', mostMoves);
}

function choosePair(
  kernel: Matrix,
  residuals: Float64Array,
  dual: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
): Pair {
  let up = 0;
  let highest = -Infinity;
  for (let i = 0; i < residuals.length; i++) {
    if (dual[i]! < upper[i]! && residuals[i]! > highest) {
      up = i;
      highest = residuals[i]!;
    }
  }
  let down = 0;
  let lowest = Infinity;
  let mostGain = -Infinity;
  for (let j = 0; j < residuals.length; j++) {
    if (dual[j]! <= lower[j]!) continue;
    lowest = Math.min(lowest, residuals[j]!);
    const difference = highest - residuals[j]!;
    const gain = difference > 0 ? (difference * difference) / curvature(kernel, up, j) : -Infinity;
    if (gain > mostGain) {
      down = j;
      mostGain = gain;
    }
  }
  return { up, down, highest, lowest };
}

/** Second derivative along a move of coefficient i up and j down; kept above 0, where both examples are the same. */
function curvature({ data, columns }: Matrix, i: number, j: number): number {
  const own = data[i * columns + i]! + data[j * columns + j]!;
  return Math.max(own - 2 * data[i * columns + j]!, 1e-12 * own, Number.MIN_VALUE);
}
