import { type Matrix, multiplyVector } from '../../core/linalg.ts';
import type { Baseline, BaselineOptions } from '../contract.ts';

/** A baseline for labels of any size; `predict` is asked only when there are examples. */
export function regression(name: string, title: string, predict: Baseline['predict']): Baseline {
  return {
    name,
    title,
    kind: 'regression',
    predict(x, y, queries, options) {
      requireExamples(x, y, queries);
      return x.rows === 0 ? new Float64Array(queries.rows) : predict(x, y, queries, options);
    },
  };
}

/** A regression without intercept, prediction wᵀx; `weights` gives w [feature]. */
export function linearRegression(
  name: string,
  title: string,
  weights: (x: Matrix, y: Float64Array, options: BaselineOptions) => Float64Array,
): Baseline {
  return regression(name, title, (x, y, queries, options) => multiplyVector(queries, weights(x, y, options)));
}

/** A baseline for labels ±1; `predict` is asked only when both occur. Of a single class, that class is the prediction. */
export function classification(name: string, title: string, predict: Baseline['predict']): Baseline {
  return {
    name,
    title,
    kind: 'classification',
    predict(x, y, queries, options) {
      requireExamples(x, y, queries);
      if (!y.every((label) => label === 1 || label === -1)) throw new RangeError(`${name} needs labels +1 or -1`);
      const first = y[0] ?? 0;
      if (y.every((label) => label === first)) return new Float64Array(queries.rows).fill(first);
      return predict(x, y, queries, options);
    },
  };
}

function requireExamples(x: Matrix, y: Float64Array, queries: Matrix): void {
  if (x.rows !== y.length) throw new RangeError(`${x.rows} examples with ${y.length} labels`);
  if (x.columns !== queries.columns) {
    throw new RangeError(`examples of ${x.columns} features, queries of ${queries.columns}`);
  }
  if (![x.data, y, queries.data].every((numbers) => numbers.every(Number.isFinite))) {
    throw new RangeError('examples and queries must be finite');
  }
}
