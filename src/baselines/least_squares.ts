import { multiplyVector } from '../core/linalg.ts';
import { linearRegression } from './define.ts';
import { ridgeOperator } from './ridge.ts';

/** The shortest w among the minimisers of ‖y − Xw‖². */
export const leastSquares = linearRegression('least_squares', 'least squares', (x, y) =>
  multiplyVector(ridgeOperator(x, 0), y),
);
