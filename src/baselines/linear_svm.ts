import { multiply, multiplyVector, transpose } from '../core/linalg.ts';
import { classification } from './shared/define.ts';
import { supportVectors } from './shared/support_vectors.ts';

/** Decision of the support vector machine with kernel uᵀv and C the option `cost`. */
export const linearSvm = classification('linear_svm', 'linear SVM', (x, y, queries, { cost }) => {
  const { dual, intercept } = supportVectors(multiply(x, transpose(x)), y, cost);
  const weights = multiplyVector(transpose(x), dual);
  return multiplyVector(queries, weights).map((value) => value + intercept);
});
