import { entries } from './shape.ts';
import type { Graph, Node, Op } from './types.ts';

/** Operations for an entry of the result; 0 for what only moves numbers. */
const perEntry: Readonly<Record<Exclude<Op, 'matmul' | 'reduce_sum' | 'log_sum_exp'>, number>> = {
  input: 0,
  constant: 0,
  neg: 1,
  exp: 1,
  log: 1,
  sqrt: 1,
  reciprocal: 1,
  tanh: 1,
  sigmoid: 1,
  softplus: 1,
  relu: 1,
  step: 1,
  add: 1,
  sub: 1,
  mul: 1,
  div: 1,
  minimum: 1,
  maximum: 1,
  // Maximum, difference, exponential, sum, quotient.
  softmax: 5,
  // Sum, difference, square, sum, product.
  layer_norm: 5,
  inverse_deviation: 0,
  reshape: 0,
  transpose: 0,
  slice: 0,
  pad: 0,
  concat: 0,
  expand: 0,
};

/** Floating-point operations of one run of a graph: a multiplication and an addition count one each, and so does any function of a number. */
export function flopsOf({ nodes }: Graph): number {
  const flops = (node: Node): number => {
    const source = nodes[node.inputs[0]!]?.shape ?? [];
    if (node.op === 'matmul') return 2 * source.at(-1)!.size * entries(node.shape);
    if (node.op === 'reduce_sum') return entries(source);
    // Maximum, difference, exponential, sum.
    if (node.op === 'log_sum_exp') return 4 * entries(source);
    return perEntry[node.op] * entries(node.shape);
  };
  return nodes.reduce((sum, node) => sum + flops(node), 0);
}
