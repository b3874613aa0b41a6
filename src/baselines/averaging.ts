import { multiplyVector, transpose } from '../core/linalg.ts';
import { linearRegression } from './shared/define.ts';

/** Weights (1/n) Σ yᵢxᵢ: least squares for inputs taken to be white (Garg et al. 2022, arXiv 2208.01066). */
export const averaging = linearRegression('averaging', 'averaging', (x, y) =>
  multiplyVector(transpose(x), y).map((sum) => sum / x.rows),
);
