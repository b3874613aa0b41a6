import { dot, type Matrix, matrix, multiplyVector } from '../../core/linalg.ts';
import { mean } from '../../core/stats.ts';
import { ConvergenceError } from '../contract.ts';
import { solveOn } from './active_set.ts';

/** Pairs of coefficients moved; with 20 examples about a tenth of a second. */
const mostMoves = 20_000;

/** Slack in the optimality conditions, as a share of the terms that a residual sums, which set its rounding noise. */
const tolerance = 1e-14;

/**
 * Slack after `patience` moves, in units of the margin, a tenth of what LIBSVM and scikit-learn stop at: with examples that
 * almost coincide, solvers creep for millions of moves while decisions hardly change any more, by less than 0.01 on all
 * prompts that were found.
 */
const accuracy = 1e-4;
const patience = 2000;

/** A decision function Σ dualᵢ k(xᵢ, ·) + intercept. */
export interface SupportVectors {
  /** sᵢαᵢ [example]. */
  readonly dual: Float64Array;
  readonly intercept: number;
}

/** Where the dual problem stands. */
interface State {
  /** K [example, example]. */
  readonly kernel: Matrix;
  /** β = sα and its bounds [example]. */
  readonly dual: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** s − Kβ [example], the slopes of the dual objective. */
  residuals: Float64Array;
}

/** The pair that moves next and how far its residuals are from agreeing. */
interface Pair {
  readonly up: number;
  readonly down: number;
  /** Largest residual among those that can go up, smallest among those that can go down. */
  readonly highest: number;
  readonly lowest: number;
}

/**
 * The support vector machine that minimises ½‖w‖² + C Σ max(0, 1 − sᵢ(wᵀφ(xᵢ) + b)), through its dual: maximise
 * Σ sᵢβᵢ − ½βᵀKβ with Σ βᵢ = 0 and 0 ≤ sᵢβᵢ ≤ C. Sequential minimal optimisation moves two coefficients at a time, chosen
 * by the gain they promise (Fan, Chen and Lin 2005, JMLR 6). Now and then all that are inside their bounds move together,
 * since pairs alone creep when inputs are large or C is.
 *
 * At the optimum the residuals of all coefficients inside their bounds equal the intercept. Without such a coefficient
 * the intercept is not unique, and the middle of its range is taken.
 *
 * @param kernel K [example, example], positive semidefinite
 * @param signs labels ±1 [example], both among them
 * @throws ConvergenceError
 */
export function supportVectors(kernel: Matrix, signs: Float64Array, cost: number): SupportVectors {
  const state: State = {
    kernel,
    dual: new Float64Array(signs.length),
    lower: signs.map((sign) => (sign > 0 ? 0 : -cost)),
    upper: signs.map((sign) => (sign > 0 ? cost : 0)),
    residuals: Float64Array.from(signs),
  };
  const widest = kernel.data.reduce((most, value) => Math.max(most, value), 0);
  for (let move = 1; move <= mostMoves; move++) {
    const pair = choosePair(state);
    const terms = 1 + widest * state.dual.reduce((sum, value) => sum + Math.abs(value), 0);
    const slack = Math.max(tolerance * terms, move > patience ? accuracy : 0);
    if (pair.highest - pair.lowest <= slack) return { dual: state.dual, intercept: intercept(state, pair) };
    movePair(state, pair);
    if (move % signs.length === 0) {
      moveFree(state);
      const fitted = multiplyVector(kernel, state.dual);
      state.residuals = signs.map((sign, i) => sign - fitted[i]!);
    }
  }
  throw new ConvergenceError('support vector machine', mostMoves);
}

function isFree({ dual, lower, upper }: State, i: number): boolean {
  return dual[i]! > lower[i]! && dual[i]! < upper[i]!;
}

function intercept(state: State, { highest, lowest }: Pair): number {
  const free = state.residuals.filter((_, i) => isFree(state, i));
  return free.length > 0 ? mean(free) : (highest + lowest) / 2;
}

/** The coefficient with the highest residual, and the one that gains most by going down while it goes up. */
function choosePair({ kernel, residuals, dual, lower, upper }: State): Pair {
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
  let mostGain = 0;
  for (let j = 0; j < residuals.length; j++) {
    if (dual[j]! <= lower[j]!) continue;
    lowest = Math.min(lowest, residuals[j]!);
    const difference = Math.max(highest - residuals[j]!, 0);
    const gain = (difference * difference) / curvature(kernel, up, j);
    if (gain > mostGain) {
      down = j;
      mostGain = gain;
    }
  }
  return { up, down, highest, lowest };
}

/** Moves one coefficient up and one down by the same amount: to where their residuals agree, or to the nearer bound. */
function movePair({ kernel, residuals, dual, lower, upper }: State, { up, down }: Pair): void {
  const wanted = (residuals[up]! - residuals[down]!) / curvature(kernel, up, down);
  const roomUp = upper[up]! - dual[up]!;
  const roomDown = dual[down]! - lower[down]!;
  const distance = Math.min(wanted, roomUp, roomDown);
  // Bounds are met exactly, so that rounding leaves no coefficient just inside.
  dual[up] = distance === roomUp ? upper[up]! : dual[up]! + distance;
  dual[down] = distance === roomDown ? lower[down]! : dual[down]! - distance;
  for (let i = 0; i < residuals.length; i++) {
    residuals[i]! -= distance * (kernel.data[up * kernel.columns + i]! - kernel.data[down * kernel.columns + i]!);
  }
}

/** Moves all free coefficients towards their optimum with the others held, as far as bounds allow; leaves residuals stale. */
function moveFree(state: State): void {
  const { kernel, residuals, dual, lower, upper } = state;
  const pivot = dual.findIndex((_, i) => isFree(state, i));
  if (pivot < 0) return;
  // The pivot goes against the sum of the others, which keeps Σβ = 0 however far they go.
  const level = residuals[pivot]!;
  const direction = solveOn(
    seenFrom(kernel, pivot),
    (i) => i !== pivot && isFree(state, i),
    residuals.map((residual) => residual - level),
  );
  direction[pivot] = -direction.reduce((total, change) => total + change, 0);
  const slope = dot(direction, residuals);
  if (!(slope > 0)) return;
  const bound = direction.map((change, i) => (change > 0 ? upper[i]! : lower[i]!));
  const room = direction.map((change, i) => (change === 0 ? Infinity : (bound[i]! - dual[i]!) / change));
  const bend = Math.max(dot(direction, multiplyVector(kernel, direction)), 0);
  const share = Math.min(slope / bend, ...room);
  for (let i = 0; i < dual.length; i++) dual[i] = share === room[i] ? bound[i]! : dual[i]! + share * direction[i]!;
}

/** Kernel of φ(x) − φ(pivot). */
function seenFrom({ data, columns }: Matrix, pivot: number): Matrix {
  const at = (i: number, j: number) => data[i * columns + j]!;
  const own = at(pivot, pivot);
  return matrix(
    columns,
    columns,
    data.map((value, entry) => {
      const i = Math.floor(entry / columns);
      const j = entry % columns;
      return value - (at(i, pivot) + at(j, pivot)) + own;
    }),
  );
}

/** Second derivative along a move of coefficient i up and j down; kept above 0, where both examples are the same. */
function curvature({ data, columns }: Matrix, i: number, j: number): number {
  const own = data[i * columns + i]! + data[j * columns + j]!;
  return Math.max(own - 2 * data[i * columns + j]!, 1e-12 * own, Number.MIN_VALUE);
}
