import type { Shape } from '../types.ts';
import type { Primitives } from './primitive.ts';

const withOnes = (shape: Shape, axes: readonly number[]): Shape =>
  shape.map((axis, i) => (axes.includes(i) ? { name: axis.name, size: 1 } : axis));

export const reduction: Primitives<'reduce_sum'> = {
  reduce_sum: {
    shape: ([x], { axes, keep }) => (keep ? withOnes(x!, axes) : x!.filter((_, i) => !axes.includes(i))),
    simplify: ([x], { axes }, shape) =>
      axes.every((axis) => x!.shape[axis]!.size === 1) ? x!.reshape(shape) : undefined,
    gradient: (_, { inputs, attributes, upstream }) => {
      const { shape } = inputs[0]!;
      return upstream.reshape(withOnes(shape, attributes.axes)).expand(shape);
    },
  },
};
