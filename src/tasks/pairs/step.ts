import { type Matrix, matrix, multiply, solvePositiveDefinite, squaredNorm } from '../../core/linalg.ts';

/** What prompts are drawn from: x ~ N(0, Λ), w ~ N(0, I), y = wᵀx + N(0, σ²), n examples and a query. */
export interface PairSetting {
  /** Λ [feature, feature]. */
  readonly covariance: Matrix;
  /** σ. */
  readonly noise: number;
  /** n. */
  readonly examples: number;
}

/**
 * A* = ((n+1)/n Λ + (tr Λ + σ²)/n I)⁻¹, the best A in the prediction x_qᵀ A (1/n) Σ y_i x_i, which is one step of gradient descent
 * on the examples from w = 0, preconditioned by A. Ahn et al. 2023; Mahankali et al. 2023.
 */
export function bestStep(setting: PairSetting): Matrix {
  const { covariance } = setting;
  const [ofCovariance, ofIdentity] = coefficients(setting);
  const dim = covariance.rows;
  const inverse = matrix(
    dim,
    dim,
    covariance.data.map((entry, at) => ofCovariance * entry + (at % (dim + 1) === 0 ? ofIdentity : 0)),
  );
  const columns = Array.from({ length: dim }, (_, j) =>
    solvePositiveDefinite(
      inverse,
      Float64Array.from({ length: dim }, (_, i) => Number(i === j)),
    ),
  );
  // Symmetric, so that columns are rows.
  return matrix(dim, dim, Float64Array.from(columns.flatMap((column) => [...column])));
}

/** a* = tr Λ² / tr ΛC, the best rate of a step without preconditioner, A = a I. */
export function bestRate(setting: PairSetting): number {
  return squaredNorm(setting.covariance) / trace(multiply(setting.covariance, momentOf(setting)));
}

/** E (y_q − x_qᵀ A (1/n) Σ y_i x_i)² = tr Λ + σ² − 2 tr(A Λ²) + tr(Λ A C Aᵀ). */
export function riskOf(A: Matrix, setting: PairSetting): number {
  const { covariance, noise } = setting;
  const C = momentOf(setting);
  const explained = trace(multiply(A, multiply(covariance, covariance)));
  return trace(covariance) + noise * noise - 2 * explained + along(multiply(multiply(covariance, A), C), A);
}

/** C = E mmᵀ of m = (1/n) Σ y_i x_i: (n+1)/n Λ² + (tr Λ + σ²)/n Λ. */
function momentOf(setting: PairSetting): Matrix {
  const { covariance } = setting;
  const [ofSquare, ofCovariance] = coefficients(setting);
  const square = multiply(covariance, covariance);
  const { rows, columns, data } = covariance;
  return matrix(
    rows,
    columns,
    data.map((entry, at) => ofSquare * square.data[at]! + ofCovariance * entry),
  );
}

function coefficients({ covariance, noise, examples }: PairSetting): readonly [number, number] {
  return [(examples + 1) / examples, (trace(covariance) + noise * noise) / examples];
}

function trace({ columns, data }: Matrix): number {
  return data.reduce((sum, entry, at) => (at % (columns + 1) === 0 ? sum + entry : sum), 0);
}

/** tr(a bᵀ). */
const along = (a: Matrix, b: Matrix): number => a.data.reduce((sum, entry, at) => sum + entry * b.data[at]!, 0);
