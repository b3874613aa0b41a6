import { multiplyVector, transpose } from '../core/linalg.ts';
import { linearRegression } from './shared/define.ts';

/** Weights after `steps` steps of size `learningRate` from w = 0 on ‖y − Xw‖² / 2n. */
export const gradientDescent = linearRegression(
  'gradient_descent',
  'gradient descent',
  (x, y, { learningRate, steps }) => {
    const adjoint = transpose(x);
    let weights = new Float64Array(x.columns);
    for (let step = 0; step < steps; step++) {
      const fitted = multiplyVector(x, weights);
      const ascent = multiplyVector(
        adjoint,
        y.map((label, i) => label - fitted[i]!),
      );
      weights = weights.map((weight, j) => weight + (learningRate * ascent[j]!) / x.rows);
    }
    return weights;
  },
);
