import { hostTensor } from '../../../../src/core/tensor.ts';
import { at, gaussian, indices } from '../numbers.ts';
import { type PrimitiveCase, title } from './case.ts';

export const sums: PrimitiveCase[] = (
  [
    [[2, 3, 4], [1], false, [2, 4]],
    [[2, 3, 4], [1], true, [2, 1, 4]],
    [[2, 3, 4], [0, 2], false, [3]],
    [[2, 3, 4], [0, 2], true, [1, 3, 1]],
    [[2, 3, 4], [0, 1, 2], false, []],
    [[5], [0], true, [1]],
    [[1, 3], [0], false, [3]],
    [[], [], false, []],
  ] as const
).map(([shape, summed, keep, result]) => {
  const x = gaussian(4, ...shape);
  const [sizes, list]: readonly (readonly number[])[] = [shape, summed];
  const kept = sizes!.map((length, axis) => (list!.includes(axis) ? 1 : length));
  const totals = new Float64Array(kept.reduce((size, length) => size * length, 1));
  for (const index of indices(shape)) {
    const position = kept.reduce((all, length, axis) => all * length + (length === 1 ? 0 : index[axis]!), 0);
    totals[position]! += at(x, index);
  }
  return {
    title: `${title(shape)} over ${summed.join(', ')}${keep ? ', kept' : ''}`,
    inputs: [x],
    build: ([symbol]) => symbol!.sum(summed, { keep }),
    expected: hostTensor(result, totals),
  };
});
