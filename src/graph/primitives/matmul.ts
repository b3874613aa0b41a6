import { broadcast, describe, describeAxis, entries, GraphError } from '../shape.ts';
import type { SymbolicTensor } from '../tensor.ts';
import type { Shape } from '../types.ts';
import { sumToShape, withoutExpansion } from './broadcast.ts';
import type { Primitives } from './primitive.ts';

export const multiplication: Primitives<'matmul'> = {
  matmul: {
    shape: ([left, right]) => {
      const pair = `left ${describe(left!)}, right ${describe(right!)}`;
      if (left!.length < 2 || right!.length < 2) throw new GraphError(`matmul: both sides need two axes: ${pair}`);
      const [inner, other] = [left!.at(-1)!, right!.at(-2)!];
      if (inner.size !== other.size) {
        throw new GraphError(
          `matmul: inner axes differ: ${pair}: ${describeAxis(inner)} against ${describeAxis(other)}`,
        );
      }
      return productShape(left!, right!);
    },
    simplify: (operands, _, shape) => {
      const fewer = withoutExpansion(operands, shape, (left, right) =>
        left.length >= 2 && right.length >= 2 && left.at(-1)!.size === right.at(-2)!.size
          ? productShape(left, right)
          : undefined,
      );
      return fewer && fewer[0]!.matmul(fewer[1]!);
    },
    // C = A B: ∂A = G Bᵀ, ∂B = Aᵀ G, each summed over the leading axes along which that operand was repeated.
    gradient: (position, { inputs, upstream }) => {
      const [left, right] = inputs;
      return position === 0 ? contract(upstream, right!, -1, left!.shape) : contract(left!, upstream, -2, right!.shape);
    },
  },
};

const productShape = (left: Shape, right: Shape): Shape => [...leadingAxes(left, right), left.at(-2)!, right.at(-1)!];

const leadingAxes = (left: Shape, right: Shape): Shape => broadcast('matmul', left.slice(0, -2), right.slice(0, -2));

/**
 * The product of two tensors contracted over `axis` of both, summed to `shape`. Leading axes R that are summed are
 * merged into the contracted axis, so that one product takes the whole sum: Σ_R Σ_j x[R, j, i] y[R, j, k]. Where
 * rearranging the operands for this would move more numbers than the product has before the sum, the sum is separate.
 */
function contract(left: SymbolicTensor, right: SymbolicTensor, axis: -1 | -2, shape: Shape): SymbolicTensor {
  const leading = leadingAxes(left.shape, right.shape);
  const added = leading.length + 2 - shape.length;
  const repeated = leading.flatMap((old, i) => (old.size !== 1 && (shape[i - added]?.size ?? 1) === 1 ? [i] : []));
  // Counted from the end, positions hold for both operands, whatever their numbers of leading axes.
  const summed = repeated.map((i) => i - leading.length - 2);
  const [x, y] = [beside(left, axis, summed), beside(right, axis, summed)];
  const moved = movedEntries(left, x) + movedEntries(right, y);
  const separate = entries(leading) * left.shape.at(-3 - axis)!.size * right.shape.at(-3 - axis)!.size;
  if (moved > separate) return sumToShape(product(left, right, axis), shape);
  return product(merge(x, axis, summed.length), merge(y, axis, summed.length), axis).reshape(shape);
}

const product = (x: SymbolicTensor, y: SymbolicTensor, axis: -1 | -2): SymbolicTensor =>
  axis === -1 ? x.matmul(y.transposed()) : x.transposed().matmul(y);

/** Moves the axes `summed` to just before `axis`. The last axis stays the last, so that whole rows are copied. */
function beside(tensor: SymbolicTensor, axis: -1 | -2, summed: readonly number[]): SymbolicTensor {
  const rank = tensor.shape.length;
  const kept = tensor.shape.slice(0, -2).flatMap((_, i) => (summed.includes(i - rank) ? [] : [i]));
  return tensor.transpose(axis === -1 ? [...kept, -2, ...summed, -1] : [...kept, ...summed, -2, -1]);
}

const movedEntries = (before: SymbolicTensor, after: SymbolicTensor): number =>
  after.id !== before.id && after.node.op === 'transpose' ? entries(after.shape) : 0;

/** Makes one axis of `axis` and the `count` axes before it. */
function merge(tensor: SymbolicTensor, axis: -1 | -2, count: number): SymbolicTensor {
  const end = tensor.shape.length + axis + 1;
  const parts = tensor.shape.slice(end - 1 - count, end);
  const merged = { name: parts.map((part) => part.name).join('*'), size: entries(parts) };
  return tensor.reshape([...tensor.shape.slice(0, end - 1 - count), merged, ...tensor.shape.slice(end)]);
}
