import { regression } from './define.ts';

/** Predicts 0, the mean of every label distribution here. */
export const zero = regression('zero', 'zero', (_x, _y, queries) => new Float64Array(queries.rows));
