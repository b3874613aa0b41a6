import { sameLengths } from '../shape.ts';
import type { SymbolicTensor } from '../tensor.ts';
import type { Shape } from '../types.ts';

/** Sums over the axes along which a tensor of `shape` was repeated: the adjoint of broadcasting. */
export function sumToShape(tensor: SymbolicTensor, shape: Shape): SymbolicTensor {
  const added = tensor.shape.length - shape.length;
  const repeated = tensor.shape.flatMap((axis, i) => (axis.size !== (shape[i - added]?.size ?? 1) ? [i] : []));
  return tensor.sum(repeated, { keep: added === 0 }).reshape(shape);
}

/** The number of a recorded scalar constant. */
export function scalarValue(tensor: SymbolicTensor): number | undefined {
  const { node } = tensor;
  return node.op === 'constant' && node.shape.length === 0 ? node.attributes.data[0] : undefined;
}

/**
 * Both operands of an op that broadcasts, one of them before it was repeated: that need not happen where the other has
 * the full shape. `resultOf` is the op's shape rule, undefined where it cannot be applied.
 */
export function withoutExpansion(
  operands: readonly SymbolicTensor[],
  result: Shape,
  resultOf: (left: Shape, right: Shape) => Shape | undefined,
): SymbolicTensor[] | undefined {
  for (const [position, operand] of operands.entries()) {
    if (operand.node.op !== 'expand') continue;
    const replaced = operands.with(position, operand.sources[0]!);
    const shape = resultOf(replaced[0]!.shape, replaced[1]!.shape);
    if (shape && sameLengths(shape, result)) return replaced;
  }
  return undefined;
}
