import type * as TensorFlow from '@tensorflow/tfjs';
import type { Operation } from '../../graph/tensor.ts';
import type { Attributes } from '../../graph/types.ts';

/** The API that all packages of TensorFlow.js share. */
export type Tf = typeof TensorFlow;
type Tensor = TensorFlow.Tensor;

/** The value of a node of the op, whose result has lengths `shape`. */
type Compute<O extends Operation> = (
  tf: Tf,
  inputs: readonly Tensor[],
  attributes: Attributes[O],
  shape: readonly number[],
) => Tensor;

const unary =
  (name: 'neg' | 'exp' | 'log' | 'sqrt' | 'reciprocal' | 'tanh' | 'sigmoid' | 'softplus' | 'relu' | 'step') =>
  (tf: Tf, [x]: readonly Tensor[]): Tensor =>
    tf[name](x!);

const binary =
  (name: 'add' | 'sub' | 'mul' | 'div' | 'minimum' | 'maximum') =>
  (tf: Tf, [a, b]: readonly Tensor[]): Tensor =>
    tf[name](a!, b!);

function standardised(tf: Tf, x: Tensor, epsilon: number): { centred: Tensor; inverse: Tensor } {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  return { centred, inverse: tf.reciprocal(tf.sqrt(tf.add(variance, epsilon))) };
}

/** A stack of matrices repeated to the `leading` axes of a product, where TensorFlow.js does not do that itself: of one it does. */
function repeated(tf: Tf, stack: Tensor, leading: readonly number[]): Tensor {
  const own = stack.shape.slice(0, -2);
  if (own.every((length) => length === 1) || own.join() === leading.join()) return stack;
  return tf.broadcastTo(stack, [...leading, ...stack.shape.slice(-2)] as [number, number]);
}

/** How each primitive is computed by TensorFlow.js. A new primitive needs an entry here. */
export const operations: { readonly [O in Operation]: Compute<O> } = {
  neg: unary('neg'),
  exp: unary('exp'),
  log: unary('log'),
  sqrt: unary('sqrt'),
  reciprocal: unary('reciprocal'),
  tanh: unary('tanh'),
  sigmoid: unary('sigmoid'),
  softplus: unary('softplus'),
  relu: unary('relu'),
  step: unary('step'),

  add: binary('add'),
  sub: binary('sub'),
  mul: binary('mul'),
  div: binary('div'),
  minimum: binary('minimum'),
  maximum: binary('maximum'),

  matmul: (tf, [left, right], _, shape) => {
    // Outer products of long vectors come out wrong in WebAssembly (tfjs 4.22), and need no sum.
    if (left!.shape.at(-1) === 1) return tf.mul(left!, right!);
    const [a, b] = [left!, right!].map((side) => repeated(tf, side, shape.slice(0, -2)));
    return tf.matMul(a!, b!);
  },
  reduce_sum: (tf, [x], { axes, keep }) => tf.sum(x!, [...axes], keep),
  softmax: (tf, [x], { axis }) => {
    const last = x!.rank - 1;
    if (axis === last) return tf.softmax(x!);
    // TensorFlow.js has it along the last axis alone.
    const swapped = x!.shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
    return tf.transpose(tf.softmax(tf.transpose(x!, swapped)), swapped);
  },
  layer_norm: (tf, [x], { epsilon }) => {
    const { centred, inverse } = standardised(tf, x!, epsilon);
    return tf.mul(centred, inverse);
  },
  inverse_deviation: (tf, [x], { epsilon }) => standardised(tf, x!, epsilon).inverse,
  log_sum_exp: (tf, [x]) => tf.logSumExp(x!, -1, true),

  reshape: (tf, [x], _, shape) => tf.reshape(x!, [...shape]),
  transpose: (tf, [x], { permutation }) => tf.transpose(x!, [...permutation]),
  slice: (tf, [x], { axis, start }, shape) => {
    const begin = shape.map((_, i) => (i === axis ? start : 0));
    return tf.slice(x!, begin, [...shape]);
  },
  pad: (tf, [x], { axis, before, after }, shape) =>
    tf.pad(
      x!,
      shape.map((_, i) => (i === axis ? [before, after] : [0, 0])),
    ),
  concat: (tf, inputs, { axis }) => tf.concat([...inputs], axis),
  expand: (tf, [x], _, shape) => tf.broadcastTo(x!, [...shape] as [number]),
};
