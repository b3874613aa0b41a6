import type { Operation } from '../../../../src/graph/tensor.ts';
import type { PrimitiveCase } from './case.ts';
import { elementwise } from './elementwise.ts';
import { layout } from './layout.ts';
import { matmul } from './products.ts';
import { inverseDeviation, layerNorm, logSumExp, softmax } from './rows.ts';
import { sums } from './sums.ts';

/** Uses of every primitive. */
export const primitiveCases: Readonly<Record<Operation, readonly PrimitiveCase[]>> = {
  ...elementwise,
  ...layout,
  matmul,
  reduce_sum: sums,
  softmax,
  layer_norm: layerNorm,
  inverse_deviation: inverseDeviation,
  log_sum_exp: logSumExp,
};
