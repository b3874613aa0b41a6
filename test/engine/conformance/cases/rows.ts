import { type HostTensor, hostTensor } from '../../../../src/core/tensor.ts';
import type { SymbolicTensor } from '../../../../src/graph/symbolic.ts';
import { gaussian, given } from '../numbers.ts';
import { type PrimitiveCase, title } from './case.ts';

/** A function of rows, along the last axis. */
function rowwise(
  x: HostTensor,
  build: (x: SymbolicTensor) => SymbolicTensor,
  f: (row: readonly number[]) => readonly number[],
): PrimitiveCase {
  const length = x.shape.at(-1)!;
  const rows = Array.from({ length: x.data.length / length }, (_, i) => [
    ...x.data.slice(i * length, (i + 1) * length),
  ]);
  const results = rows.map(f);
  const shape = [...x.shape.slice(0, -1), results[0]!.length];
  return {
    title: title(x.shape),
    inputs: [x],
    build: ([symbol]) => build(symbol!),
    expected: hostTensor(shape, Float64Array.from(results.flat())),
  };
}

const exponentials = (row: readonly number[]) => {
  const weights = row.map((score) => Math.exp(score - Math.max(...row)));
  return weights.map((weight) => weight / weights.reduce((a, b) => a + b));
};
const e = Math.E;

/** Along the first axis of a matrix. */
function columnwise(x: HostTensor): PrimitiveCase {
  const [rows, columns] = x.shape as [number, number];
  const expected = new Float64Array(x.data.length);
  for (let k = 0; k < columns; k++) {
    const column = Array.from({ length: rows }, (_, n) => x.data[n * columns + k]!);
    for (const [n, value] of exponentials(column).entries()) expected[n * columns + k] = value;
  }
  return {
    title: `${title(x.shape)} along the first axis`,
    inputs: [x],
    build: ([symbol]) => symbol!.softmax(0),
    expected: hostTensor(x.shape, expected),
  };
}

/** [rows, columns] → [2, rows, columns], first as many zeros. */
const stacked = (x: SymbolicTensor) => x.reshape([{ name: 'half', size: 1 }, ...x.shape]).pad(0, 1, 0);

export const softmax: PrimitiveCase[] = [
  columnwise(gaussian(4, 5, 3)),
  {
    ...columnwise(gaussian(4, 4, 3)),
    title: 'along the middle axis',
    build: ([x]) => stacked(x!).softmax(1).slice(0, 1, 2).reshape(x!.shape),
  },
  ...[gaussian(4, 5), gaussian(4, 2, 3, 4), gaussian(4, 3, 1)].map((x) =>
    rowwise(x, (symbol) => symbol.softmax(), exponentials),
  ),
  {
    title: 'scores near 1000',
    inputs: [given([3, 3], [1000, 1001, 999, -1000, 0, 1000, -1e30, -1000, -1000])],
    build: ([x]) => x!.softmax(),
    expected: hostTensor(
      [3, 3],
      Float64Array.of(1 / (1 + e + 1 / e), e / (1 + e + 1 / e), 1 / e / (1 + e + 1 / e), 0, 0, 1, 0, 0.5, 0.5),
    ),
  },
];

const moments = (row: readonly number[]) => {
  const mean = row.reduce((sum, x) => sum + x, 0) / row.length;
  return { mean, variance: row.reduce((sum, x) => sum + x * x, 0) / row.length - mean * mean };
};
const rows = [gaussian(5, 6), gaussian(5, 2, 3, 4), given([1, 2], [1, 2.5]), given([2, 3], [2, 2, 2, 1, 2, 3])];
export const layerNorm = [1e-5, 0.5].flatMap((epsilon) =>
  rows.map((x) =>
    rowwise(
      x,
      (symbol) => symbol.layerNorm(epsilon),
      (row) => {
        const { mean, variance } = moments(row);
        return row.map((value) => (value - mean) / Math.sqrt(variance + epsilon));
      },
    ),
  ),
);
export const inverseDeviation = [1e-5, 0.5].flatMap((epsilon) =>
  rows.slice(0, 3).map((x) =>
    rowwise(
      x,
      (symbol) => symbol.inverseDeviation(epsilon),
      (row) => [1 / Math.sqrt(moments(row).variance + epsilon)],
    ),
  ),
);

const logSum = (row: readonly number[]) => [Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0))];
export const logSumExp: PrimitiveCase[] = [
  ...[gaussian(6, 5), gaussian(6, 2, 3, 4), gaussian(6, 3, 1), gaussian(6, 2, 33)].map((x) =>
    rowwise(x, (symbol) => symbol.logSumExp(), logSum),
  ),
  {
    title: 'numbers near 1000',
    inputs: [given([3, 3], [1000, 1001, 999, -1000, 0, 1000, -1e30, -1000, -1000])],
    build: ([x]) => x!.logSumExp(),
    expected: hostTensor([3, 1], Float64Array.of(1000 + Math.log(1 + e + 1 / e), 1000, -1000 + Math.log(2))),
  },
];
