import type { ModelBuilder } from './model.ts';

/*
 * Sums, softmax, layer norm and log-sum-exp of more rows than a device has workgroups in one direction. ONNX Runtime's kernels for
 * WebGPU give every row a workgroup; of too many rows they make a square of workgroups, and those beyond the last row write
 * past the end of the buffer. Here such rows are taken in pieces, or summed by products of matrices.
 */

/** Rows that a workgroup takes in a product of matrices. */
const rowsOfTile = 8;
/** Sums of fewer numbers take another kernel, which stops at the last row. */
export const shortestRow = 32;

const product = (sizes: readonly number[]): number => sizes.reduce((size, length) => size * length, 1);

/** Σ over `axes` of x, in the shape `result`. */
export function manySums(
  model: ModelBuilder,
  x: string,
  sizes: readonly number[],
  { axes, result, most, output }: { axes: readonly number[]; result: readonly number[]; most: number; output: string },
): string {
  const kept = sizes.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...kept, ...axes];
  const isLast = order.every((axis, i) => axis === i);
  const moved = isLast ? x : model.node('Transpose', [x], { perm: { integers: order } });
  const width = product(axes.map((axis) => sizes[axis]!));
  const rows = product(sizes) / width;
  const sums = weightedSums(model, matrix(model, moved, [rows, width]), [rows, width], 1, most);
  return matrix(model, sums, result, output);
}

/** Softmax along `axis`. */
export function manySoftmaxes(
  model: ModelBuilder,
  x: string,
  sizes: readonly number[],
  { axis, most, output }: { axis: number; most: number; output: string },
): string {
  const last = sizes.length - 1;
  const order = sizes.map((_, i) => (i === axis ? last : i === last ? axis : i));
  const swap = (name: string, to?: string) =>
    axis === last ? name : model.node('Transpose', [name], { perm: { integers: order } }, to);
  const width = sizes[axis]!;
  const rows = product(sizes) / width;
  const patterns = inPieces(model, matrix(model, swap(x), [rows, width]), rows, most, (piece) =>
    model.node('Softmax', [piece], { axis: { integer: 1 } }),
  );
  const shape = order.map((i) => sizes[i]!);
  return swap(matrix(model, patterns, shape, axis === last ? output : undefined), output);
}

/** log Σ e^x along the last axis, which becomes 1. */
export function manyLogSums(
  model: ModelBuilder,
  x: string,
  sizes: readonly number[],
  most: number,
  output: string,
): string {
  const width = sizes.at(-1)!;
  const rows = product(sizes) / width;
  const sums = inPieces(model, matrix(model, x, [rows, width]), rows, most, (piece) => logSumOfRows(model, piece, 1));
  return matrix(model, sums, [...sizes.slice(0, -1), 1], output);
}

/** max + log Σ e^(x − max) along `axis`, which becomes 1: not every provider's ReduceLogSumExp takes the maximum off. */
export function logSumOfRows(model: ModelBuilder, x: string, axis: number, output?: string): string {
  const along = [model.integers([axis])];
  const largest = model.node('ReduceMax', [x, ...along]);
  const powers = model.node('Exp', [model.node('Sub', [x, largest])]);
  const sum = model.node('ReduceSum', [powers, ...along]);
  return model.node('Add', [largest, model.node('Log', [sum])], {}, output);
}

/** (x − mean) / √(mean (x − mean)² + ε) along the last axis, and 1 / √… with that axis of size 1. */
export function manyNormalizations(
  model: ModelBuilder,
  x: string,
  sizes: readonly number[],
  { epsilon, most }: { epsilon: number; most: number },
): { normalized: string; inverseDeviation: string } {
  const width = sizes.at(-1)!;
  const rows = product(sizes) / width;
  const mean = (name: string) => weightedSums(model, name, [rows, width], 1 / width, most);
  const input = matrix(model, x, [rows, width]);
  const centred = model.node('Sub', [input, mean(input)]);
  const variance = mean(model.node('Mul', [centred, centred]));
  const deviation = model.node('Sqrt', [model.node('Add', [variance, model.floats([], [epsilon])])]);
  const inverse = model.node('Reciprocal', [deviation]);
  return {
    normalized: matrix(model, model.node('Mul', [centred, inverse]), sizes),
    inverseDeviation: matrix(model, inverse, [...sizes.slice(0, -1), 1]),
  };
}

/** weight · Σ of every row: [rows, width] → [rows, 1]. */
function weightedSums(
  model: ModelBuilder,
  x: string,
  [rows, width]: readonly [number, number],
  weight: number,
  most: number,
): string {
  const weights = model.floats([width, 1], new Float32Array(width).fill(weight));
  return inPieces(model, x, rows, most * rowsOfTile, (piece) => model.node('MatMul', [piece, weights]));
}

/** Applies a function of rows to at most `most` of them at a time. */
function inPieces(
  model: ModelBuilder,
  x: string,
  rows: number,
  most: number,
  apply: (piece: string) => string,
): string {
  if (rows <= most) return apply(x);
  const pieces = Array.from({ length: Math.ceil(rows / most) }, (_, i) => {
    const bounds = [i * most, Math.min(rows, (i + 1) * most), 0].map((number) => model.integers([number]));
    return apply(model.node('Slice', [x, ...bounds]));
  });
  return model.node('Concat', pieces, { axis: { integer: 0 } });
}

const matrix = (model: ModelBuilder, x: string, shape: readonly number[], output?: string): string =>
  model.node('Reshape', [x, model.integers(shape)], {}, output);
