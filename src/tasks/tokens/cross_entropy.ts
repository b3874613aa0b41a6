import { UserError } from '../../core/errors.ts';
import type { SymbolicTensor } from '../../graph/symbolic.ts';

/**
 * −Σ_l t_l log softmax(z)_l in nats, over the last axis, which goes.
 * @param logits z [..., symbol]
 * @param target t of the same shape, sums to 1 along the last axis
 */
export function crossEntropy(logits: SymbolicTensor, target: SymbolicTensor): SymbolicTensor {
  const expected = logits.mul(target).sum(-1);
  return logits.logSumExp().reshape(expected.shape).sub(expected);
}

/** @throws UserError for a loss other than cross-entropy */
export function requireCrossEntropy(loss: string): void {
  if (loss === 'cross_entropy' || loss === 'default') return;
  throw new UserError({
    what: `train.loss is ${loss}, which predictions of symbols do not have`,
    expected: 'cross_entropy or default',
  });
}

/** log softmax of every row of `width` logits, float64. */
export function logSoftmax(logits: ArrayLike<number>, width: number): Float64Array {
  const result = Float64Array.from(logits);
  for (let at = 0; at < result.length; at += width) {
    const row = result.subarray(at, at + width);
    const largest = row.reduce((most, z) => Math.max(most, z), Number.NEGATIVE_INFINITY);
    const total = Math.log(row.reduce((sum, z) => sum + Math.exp(z - largest), 0));
    for (let l = 0; l < width; l++) row[l] = row[l]! - largest - total;
  }
  return result;
}
