import { concat, type SymbolicTensor } from '../../../../src/graph/symbolic.ts';
import { at, axes, gaussian, given, tabulate } from '../numbers.ts';
import { type PrimitiveCase, title } from './case.ts';

const x234 = gaussian(6, 2, 3, 4);
const entry = (i: number, j: number, k: number) => at(x234, [i, j, k]);
const ofX = (
  name: string,
  build: (x: SymbolicTensor) => SymbolicTensor,
  shape: readonly number[],
  f: (...index: number[]) => number,
): PrimitiveCase => ({
  title: name,
  inputs: [x234],
  build: ([x]) => build(x!),
  expected: tabulate(shape, (index) => f(...index)),
});

const reshape: PrimitiveCase[] = [
  ofX(
    'to [6,4]',
    (x) => x.reshape(axes(6, 4)),
    [6, 4],
    (i, j) => x234.data[i! * 4 + j!]!,
  ),
  ofX(
    'to [1,24,1]',
    (x) => x.reshape(axes(1, 24, 1)),
    [1, 24, 1],
    (_, i) => x234.data[i!]!,
  ),
  {
    title: '[1,1] to a scalar',
    inputs: [given([1, 1], [3])],
    build: ([x]: readonly SymbolicTensor[]) => x!.reshape([]),
    expected: given([], [3]),
  },
];
const transpose: PrimitiveCase[] = [
  ofX(
    '2 0 1',
    (x) => x.transpose([2, 0, 1]),
    [4, 2, 3],
    (k, i, j) => entry(i!, j!, k!),
  ),
  ofX(
    '1 0 2',
    (x) => x.transpose([1, 0, 2]),
    [3, 2, 4],
    (j, i, k) => entry(i!, j!, k!),
  ),
  ofX(
    'last two',
    (x) => x.transposed(),
    [2, 4, 3],
    (i, k, j) => entry(i!, j!, k!),
  ),
  // Next to a product, where an engine may fuse it.
  ofX(
    'before a product',
    (x) => x.transposed().matmul(x),
    [2, 4, 4],
    (i, k, l) => [0, 1, 2].reduce((sum, j) => sum + entry(i!, j, k!) * entry(i!, j, l!), 0),
  ),
];
const slice: PrimitiveCase[] = [
  ofX(
    'first axis',
    (x) => x.slice(0, 1, 2),
    [1, 3, 4],
    (_, j, k) => entry(1, j!, k!),
  ),
  ofX(
    'middle axis',
    (x) => x.slice('b', 0, 2),
    [2, 2, 4],
    (i, j, k) => entry(i!, j!, k!),
  ),
  ofX(
    'last axis',
    (x) => x.slice(-1, 1, 3),
    [2, 3, 2],
    (i, j, k) => entry(i!, j!, k! + 1),
  ),
];
const pad: PrimitiveCase[] = [
  ofX(
    'first axis',
    (x) => x.pad(0, 1, 0),
    [3, 3, 4],
    (i, j, k) => (i! < 1 ? 0 : entry(i! - 1, j!, k!)),
  ),
  ofX(
    'middle axis',
    (x) => x.pad(1, 2, 1),
    [2, 6, 4],
    (i, j, k) => (j! < 2 || j! > 4 ? 0 : entry(i!, j! - 2, k!)),
  ),
  ofX(
    'last axis',
    (x) => x.pad(2, 0, 2),
    [2, 3, 6],
    (i, j, k) => (k! > 3 ? 0 : entry(i!, j!, k!)),
  ),
];
const y214 = gaussian(7, 2, 1, 4);
const concatenation: PrimitiveCase[] = [
  {
    title: 'two along the middle axis',
    inputs: [x234, y214],
    build: ([x, y]) => concat([x!, y!], 'b'),
    expected: tabulate([2, 4, 4], ([i, j, k]) => (j! < 3 ? entry(i!, j!, k!) : at(y214, [i!, 0, k!]))),
  },
  {
    title: 'one twice and another, along the last axis',
    inputs: [y214, gaussian(8, 2, 1, 1)],
    build: ([y, z]) => concat([y!, z!, y!], -1),
    expected: tabulate([2, 1, 9], ([i, , k]) =>
      k === 4 ? gaussian(8, 2, 1, 1).data[i!]! : at(y214, [i!, 0, k! < 4 ? k! : k! - 5]),
    ),
  },
  {
    title: 'many scalars as a vector',
    inputs: Array.from({ length: 12 }, (_, i) => given([], [i - 5])),
    build: (scalars) =>
      concat(
        scalars.map((scalar) => scalar.reshape(axes(1))),
        0,
      ),
    expected: tabulate([12], ([i]) => i! - 5),
  },
];
const expand = (
  [
    [
      [3, 1],
      [3, 4],
    ],
    [[], [2, 3]],
    [
      [1, 4, 1],
      [2, 3, 4, 5],
    ],
    [[3], [2, 3]],
  ] as const
).map(([from, to]): PrimitiveCase => {
  const x = gaussian(9, ...from);
  return {
    title: title(from, to),
    inputs: [x],
    build: ([symbol]) => symbol!.expand(axes(...to)),
    expected: tabulate(to, (index) => at(x, index)),
  };
});

export const layout = { reshape, transpose, slice, pad, concat: concatenation, expand };
