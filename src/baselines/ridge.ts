import { type Matrix, matrix, multiply, multiplyVector, singularValues, transpose } from '../core/linalg.ts';
import { linearRegression } from './shared/define.ts';

/** Singular values below this fraction of the largest count as zero when there is no penalty. */
const rankTolerance = 1e-10;

/**
 * Ridge regression as a linear map of the labels: (XᵀX + penalty·I)⁻¹Xᵀ, no intercept, no 1/n. With penalty 0 it is the
 * limit from above, the pseudo-inverse, which gives the shortest least-squares solution.
 *
 * It is built from the singular values of X, because forming XᵀX would square the condition number.
 *
 * @param x inputs [example, feature]
 * @returns [feature, example]; times the labels it gives the weights
 */
export function ridgeOperator(x: Matrix, penalty: number): Matrix {
  const { left, values, right } = singularValues(x);
  const negligible = penalty > 0 ? 0 : rankTolerance * (values[0] ?? 0);
  const shrunk = values.map((s) => (s > negligible ? s / (s * s + penalty) : 0));
  const scaled = matrix(
    right.rows,
    right.columns,
    right.data.map((value, i) => value * shrunk[i % right.columns]!),
  );
  return multiply(scaled, transpose(left));
}

/** Weights (XᵀX + λI)⁻¹Xᵀy, with λ the option `penalty`. */
export const ridge = linearRegression('ridge', 'ridge', (x, y, { penalty }) =>
  multiplyVector(ridgeOperator(x, penalty), y),
);

/** Weights X⁺y, the shortest among the minimisers of ‖y − Xw‖²: ridge regression without its penalty. */
export const leastSquares = linearRegression('least_squares', 'least squares', (x, y) =>
  multiplyVector(ridgeOperator(x, 0), y),
);
