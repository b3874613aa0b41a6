import { GraphError } from '../shape.ts';
import type { Shape } from '../types.ts';
import type { Primitives } from './primitive.ts';

function needsLastAxis(op: string, shape: Shape): Shape {
  if (shape.length === 0) throw new GraphError(`${op}: works over the last axis, and a scalar has none`);
  return shape;
}

export const normalization: Primitives<'softmax' | 'layer_norm' | 'inverse_deviation'> = {
  softmax: {
    shape: ([x]) => needsLastAxis('softmax', x!),
    // p (g − Σ g p)
    gradient: (_, { output, upstream }) => {
      const inner = upstream.mul(output).sum(-1, { keep: true });
      return upstream.sub(inner).mul(output);
    },
  },
  layer_norm: {
    shape: ([x]) => needsLastAxis('layer_norm', x!),
    // r (g − mean g − x̂ mean(g x̂)), with r = 1/√(variance + epsilon)
    gradient: (_, { inputs, attributes, output, upstream }) => {
      const alongOutput = upstream.mul(output).mean(-1, { keep: true });
      return upstream
        .sub(upstream.mean(-1, { keep: true }))
        .sub(output.mul(alongOutput))
        .mul(inputs[0]!.inverseDeviation(attributes.epsilon));
    },
  },
  inverse_deviation: {
    shape: ([x]) =>
      needsLastAxis('inverse_deviation', x!).map((axis, i) => (i < x!.length - 1 ? axis : one(axis.name))),
    // −g r² x̂ / n, since ∂variance/∂x = 2 (x − mean) / n
    gradient: (_, { inputs, attributes, output, upstream }) => {
      const x = inputs[0]!;
      const scale = upstream.mul(output.square()).mul(-1 / x.shape.at(-1)!.size);
      return x.layerNorm(attributes.epsilon).mul(scale);
    },
  },
};

const one = (name: string) => ({ name, size: 1 });
