import { type Matrix, matrix, multiplyVector, squaredDistances } from '../core/linalg.ts';
import { mean } from '../core/stats.ts';
import { classification } from './shared/define.ts';
import { supportVectors } from './shared/support_vectors.ts';

/** exp(−γ‖u − v‖²) of every row u of `a` and v of `b` [row of a, row of b]. */
function gaussianKernel(a: Matrix, b: Matrix, gamma: number): Matrix {
  return matrix(
    a.rows,
    b.rows,
    squaredDistances(a, b).data.map((distance) => Math.exp(-gamma * distance)),
  );
}

/** γ = 1/(features · variance of all numbers of x), scikit-learn's 'scale'; 1 when they are all the same. */
function gammaOf(x: Matrix): number {
  const centre = mean(x.data);
  const variance = mean(x.data.map((value) => (value - centre) * (value - centre)));
  return variance > 0 ? 1 / (x.columns * variance) : 1;
}

/** Decision of the support vector machine with a Gaussian kernel and C the option `cost`. */
export const rbfSvm = classification('rbf_svm', 'RBF SVM', (x, y, queries, { cost }) => {
  const gamma = gammaOf(x);
  const { dual, intercept } = supportVectors(gaussianKernel(x, x, gamma), y, cost);
  return multiplyVector(gaussianKernel(queries, x, gamma), dual).map((value) => value + intercept);
});
