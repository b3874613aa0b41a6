import { sizeOf } from '../../src/core/tensor.ts';
import { type Graph, lengths } from '../../src/graph/types.ts';

/** Multiplications and additions of the matrix products of a graph. */
export function productFlops({ nodes }: Graph): number {
  return nodes.reduce((sum, { op, inputs, shape }) => {
    if (op !== 'matmul') return sum;
    return sum + 2 * sizeOf(lengths(shape)) * nodes[inputs[0]!]!.shape.at(-1)!.size;
  }, 0);
}
