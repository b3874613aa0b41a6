import { at, gaussian, tabulate } from '../numbers.ts';
import { type PrimitiveCase, title } from './case.ts';

const products = [
  [[2, 3], [3, 4], []],
  [[1, 3], [3, 1], []],
  [[1, 1], [1, 1], []],
  [[2, 3, 4], [2, 4, 5], [2]],
  // Weights shared by a batch, in one and two leading axes.
  [[2, 3, 4], [4, 5], [2]],
  [
    [2, 3, 2, 4],
    [4, 3],
    [2, 3],
  ],
  // A left side shared by heads: few columns and many.
  [[5, 6], [3, 6, 2], [3]],
  [[2, 2], [3, 2, 9], [3]],
  // Shared along an axis that does not stand next to the matrices.
  [
    [2, 3, 4, 5],
    [3, 5, 4],
    [2, 3],
  ],
  [
    [2, 3, 9, 2],
    [3, 2, 2],
    [2, 3],
  ],
  // Each side shared along an axis of the other.
  [
    [2, 1, 3, 4],
    [3, 4, 2],
    [2, 3],
  ],
  [
    [2, 1, 1, 4],
    [1, 3, 4, 1],
    [2, 3],
  ],
  [[1, 3, 2], [2, 2], [1]],
] as const;

export const matmul: PrimitiveCase[] = products.map(([left, right, leading]) => {
  const [a, b] = [gaussian(1, ...left), gaussian(2, ...right)];
  const inner = Array.from({ length: left[left.length - 1]! }, (_, j) => j);
  return {
    title: title(left, right),
    inputs: [a, b],
    build: ([x, y]) => x!.matmul(y!),
    expected: tabulate([...leading, left[left.length - 2]!, right[right.length - 1]!], (index) => {
      const [batch, i, k] = [index.slice(0, -2), index.at(-2)!, index.at(-1)!];
      return inner.reduce((sum, j) => sum + at(a, [...batch, i, j]) * at(b, [...batch, j, k]), 0);
    }),
  };
});
