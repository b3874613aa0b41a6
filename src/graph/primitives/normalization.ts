import { GraphError } from '../shape.ts';
import type { SymbolicTensor } from '../tensor.ts';
import type { Shape } from '../types.ts';
import type { Primitives } from './primitive.ts';

function needsLastAxis(op: string, shape: Shape): Shape {
  if (shape.length === 0) throw new GraphError(`${op}: works over the last axis, and a scalar has none`);
  return shape;
}

/** The last axis becomes 1. */
const withoutLength = (op: string, shape: Shape): Shape =>
  needsLastAxis(op, shape).map((axis, i) => (i < shape.length - 1 ? axis : one(axis.name)));

export const normalization: Primitives<'softmax' | 'layer_norm' | 'inverse_deviation' | 'log_sum_exp'> = {
  softmax: {
    shape: ([x]) => x!,
    // p (g − Σ g p) = (r − Σ r p) (w p) where g = r w and w is the same along the axis
    gradient: (_, { attributes: { axis }, output, upstream }) => {
      const [varying, same] = factors(upstream, axis - output.shape.length);
      const weighted = same ? output.mul(same) : output;
      return varying.sub(weightedSum(varying, output, axis)).mul(weighted);
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
    shape: ([x]) => withoutLength('inverse_deviation', x!),
    // −g r² x̂ / n, since ∂variance/∂x = 2 (x − mean) / n
    gradient: (_, { inputs, attributes, output, upstream }) => {
      const x = inputs[0]!;
      const scale = upstream.mul(output.square()).mul(-1 / x.shape.at(-1)!.size);
      return x.layerNorm(attributes.epsilon).mul(scale);
    },
  },
  log_sum_exp: {
    shape: ([x]) => withoutLength('log_sum_exp', x!),
    gradient: (_, { inputs, upstream }) => inputs[0]!.softmax().mul(upstream),
  },
};

/** g as r w, with w the same along an axis, counted from the end; g itself where it is no such product. */
function factors(g: SymbolicTensor, axis: number): [SymbolicTensor, SymbolicTensor?] {
  if (g.node.op !== 'mul') return [g];
  const [left, right] = g.sources as [SymbolicTensor, SymbolicTensor];
  const isSame = (factor: SymbolicTensor) => (factor.shape.at(axis)?.size ?? 1) === 1;
  if (isSame(right)) return [left, right];
  return isSame(left) ? [right, left] : [g];
}

/**
 * Σ_k g[q, k] p[q, k]. Where p went into a product z = p v, g = ∂z vᵀ, and the sum is Σ_j ∂z[q, j] z[q, j] with z at hand
 * and fewer terms. Dao et al. 2022 (FlashAttention), appendix B.2.
 */
function weightedSum(g: SymbolicTensor, p: SymbolicTensor, axis: number): SymbolicTensor {
  if (g.node.op !== 'matmul' || axis < p.shape.length - 1) return g.mul(p).sum(axis, { keep: true });
  const [dz, v] = g.sources;
  return dz!.mul(p.matmul(v!.transposed())).sum(-1, { keep: true });
}

const one = (name: string) => ({ name, size: 1 });
