import { sizeOf } from '../../core/tensor.ts';
import type { Operation } from '../../graph/tensor.ts';
import type { Attributes } from '../../graph/types.ts';
import { broadcastStrides, offsets, stridesOf } from './offsets.ts';

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Numbers of the result, row-major, for a node of the op whose result has lengths `shape`. */
type Evaluator<O extends Operation> = (
  inputs: readonly Tensor[],
  attributes: Attributes[O],
  shape: readonly number[],
) => Float64Array;

// Loops, as `map` of a typed array takes several times as long.
const unary =
  (f: (x: number) => number) =>
  ([x]: readonly Tensor[]) => {
    const { data } = x!;
    const result = new Float64Array(data.length);
    for (let i = 0; i < result.length; i++) result[i] = f(data[i]!);
    return result;
  };

const binary =
  (f: (a: number, b: number) => number) =>
  ([a, b]: readonly Tensor[], _: unknown, shape: readonly number[]) => {
    const [left, right] = [repeated(a!, shape), repeated(b!, shape)];
    const result = new Float64Array(left.length);
    for (let i = 0; i < result.length; i++) result[i] = f(left[i]!, right[i]!);
    return result;
  };

function repeated(x: Tensor, shape: readonly number[]): Float64Array {
  if (x.data.length === sizeOf(shape)) return x.data;
  return gather(x.data, offsets(shape, broadcastStrides(x.shape, shape)));
}

function gather(data: Float64Array, positions: Int32Array): Float64Array {
  const result = new Float64Array(positions.length);
  for (let i = 0; i < positions.length; i++) result[i] = data[positions[i]!]!;
  return result;
}

const sigmoid = (x: number) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

/** Calls `f` with every row along the last axis. */
function forRows([x]: readonly Tensor[], f: (row: Float64Array, index: number) => void): void {
  const length = x!.shape.at(-1)!;
  for (let row = 0; row < x!.data.length / length; row++) f(x!.data.subarray(row * length, (row + 1) * length), row);
}

function meanAndInverseDeviation(row: Float64Array, epsilon: number): { mean: number; inverse: number } {
  let mean = 0;
  for (const value of row) mean += value / row.length;
  let variance = 0;
  for (const value of row) variance += ((value - mean) * (value - mean)) / row.length;
  return { mean, inverse: 1 / Math.sqrt(variance + epsilon) };
}

const softmax: Evaluator<'softmax'> = ([x], { axis }, shape) => {
  const result = new Float64Array(x!.data.length);
  const length = shape[axis]!;
  const stride = stridesOf(shape)[axis]!;
  for (let first = 0; first < result.length; first++) {
    if (Math.floor(first / stride) % length > 0) continue;
    const end = first + length * stride;
    let [largest, total] = [Number.NEGATIVE_INFINITY, 0];
    for (let i = first; i < end; i += stride) largest = Math.max(largest, x!.data[i]!);
    for (let i = first; i < end; i += stride) {
      result[i] = Math.exp(x!.data[i]! - largest);
      total += result[i]!;
    }
    for (let i = first; i < end; i += stride) result[i]! /= total;
  }
  return result;
};

const layerNorm: Evaluator<'layer_norm'> = (inputs, { epsilon }, shape) => {
  const result = new Float64Array(sizeOf(shape));
  forRows(inputs, (row, index) => {
    const { mean, inverse } = meanAndInverseDeviation(row, epsilon);
    for (let i = 0; i < row.length; i++) result[index * row.length + i] = (row[i]! - mean) * inverse;
  });
  return result;
};

const inverseDeviation: Evaluator<'inverse_deviation'> = (inputs, { epsilon }, shape) => {
  const result = new Float64Array(sizeOf(shape));
  forRows(inputs, (row, index) => {
    result[index] = meanAndInverseDeviation(row, epsilon).inverse;
  });
  return result;
};

const logSumExp: Evaluator<'log_sum_exp'> = (inputs, _, shape) => {
  const result = new Float64Array(sizeOf(shape));
  forRows(inputs, (row, index) => {
    const largest = row.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY);
    result[index] = largest + Math.log(row.reduce((sum, x) => sum + Math.exp(x - largest), 0));
  });
  return result;
};

const matmul: Evaluator<'matmul'> = ([left, right], _, shape) => {
  const [rows, columns, inner] = [shape.at(-2)!, shape.at(-1)!, left!.shape.at(-1)!];
  const leading = shape.slice(0, -2);
  // Positions of the matrices: offsets count in matrices, not in numbers.
  const lefts = offsets(leading, broadcastStrides(left!.shape.slice(0, -2), leading));
  const rights = offsets(leading, broadcastStrides(right!.shape.slice(0, -2), leading));
  const result = new Float64Array(sizeOf(shape));
  for (let matrix = 0; matrix < lefts.length; matrix++) {
    const a = left!.data.subarray(lefts[matrix]! * rows * inner);
    const b = right!.data.subarray(rights[matrix]! * inner * columns);
    const c = result.subarray(matrix * rows * columns);
    for (let i = 0; i < rows; i++) addRow(c.subarray(i * columns), a.subarray(i * inner), b, inner, columns);
  }
  return result;
};

/** Adds a row of a product to `c`: the rows of b [inner, columns] with factors a, four at a time but added one after the other. */
function addRow(c: Float64Array, a: Float64Array, b: Float64Array, inner: number, columns: number): void {
  let j = 0;
  for (; j + 4 <= inner; j += 4) {
    const [a0, a1, a2, a3] = [a[j]!, a[j + 1]!, a[j + 2]!, a[j + 3]!];
    const [b0, b1, b2, b3] = [j * columns, (j + 1) * columns, (j + 2) * columns, (j + 3) * columns];
    for (let k = 0; k < columns; k++) {
      c[k] = c[k]! + a0 * b[b0 + k]! + a1 * b[b1 + k]! + a2 * b[b2 + k]! + a3 * b[b3 + k]!;
    }
  }
  for (; j < inner; j++) for (let k = 0; k < columns; k++) c[k]! += a[j]! * b[j * columns + k]!;
}

const reduceSum: Evaluator<'reduce_sum'> = ([x], { axes }, shape) => {
  const kept = x!.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const targets = offsets(x!.shape, broadcastStrides(kept, x!.shape));
  const result = new Float64Array(sizeOf(shape));
  for (let i = 0; i < targets.length; i++) result[targets[i]!]! += x!.data[i]!;
  return result;
};

/** Writes `x` into `result`, a tensor of lengths `shape`, from index `start` of `axis`. */
function place(result: Float64Array, shape: readonly number[], x: Tensor, axis: number, start: number): void {
  const strides = stridesOf(shape);
  const targets = offsets(x.shape, strides, start * strides[axis]!);
  for (let i = 0; i < targets.length; i++) result[targets[i]!] = x.data[i]!;
}

const concat: Evaluator<'concat'> = (inputs, { axis }, shape) => {
  const result = new Float64Array(sizeOf(shape));
  let start = 0;
  for (const x of inputs) {
    place(result, shape, x, axis, start);
    start += x.shape[axis]!;
  }
  return result;
};

const pad: Evaluator<'pad'> = ([x], { axis, before }, shape) => {
  const result = new Float64Array(sizeOf(shape));
  place(result, shape, x!, axis, before);
  return result;
};

const slice: Evaluator<'slice'> = ([x], { axis, start }, shape) => {
  const strides = stridesOf(x!.shape);
  return gather(x!.data, offsets(shape, strides, start * strides[axis]!));
};

const transpose: Evaluator<'transpose'> = ([x], { permutation }, shape) => {
  const strides = stridesOf(x!.shape);
  return gather(
    x!.data,
    offsets(
      shape,
      permutation.map((axis) => strides[axis]!),
    ),
  );
};

export const evaluators: { readonly [O in Operation]: Evaluator<O> } = {
  neg: unary((x) => -x),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  reciprocal: unary((x) => 1 / x),
  tanh: unary(Math.tanh),
  sigmoid: unary(sigmoid),
  softplus: unary((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  relu: unary((x) => Math.max(x, 0)),
  step: unary((x) => (x > 0 ? 1 : 0)),
  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b),
  div: binary((a, b) => a / b),
  minimum: binary(Math.min),
  maximum: binary(Math.max),
  matmul,
  reduce_sum: reduceSum,
  softmax,
  layer_norm: layerNorm,
  inverse_deviation: inverseDeviation,
  log_sum_exp: logSumExp,
  reshape: ([x]) => x!.data,
  transpose,
  slice,
  pad,
  concat,
  expand: ([x], _, shape) => repeated(x!, shape),
};
