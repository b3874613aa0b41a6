import { describe, expect, it } from 'vitest';
import { defaultOptions } from '../../src/baselines/contract.ts';
import { tree } from '../../src/baselines/tree.ts';
import { type Matrix, matrix } from '../../src/core/linalg.ts';
import { gaussian } from './prompts.ts';

const grown = (x: Matrix, y: readonly number[] | Float64Array, queries: Matrix, depth = Number.POSITIVE_INFINITY) => [
  ...tree.predict(x, Float64Array.from(y), queries, { ...defaultOptions, depth }),
];

const column = (...values: number[]) => matrix(values.length, 1, Float64Array.from(values));

describe('a greedy tree', () => {
  it('splits midway between two values, at the place that leaves the least squares', () => {
    // 0 0 | 6 7: sums of squares round the means are 0.5; any other cut leaves more.
    const x = column(1, 2, 4, 5);
    const y = [0, 0, 6, 7];
    expect(grown(x, y, column(-9, 2.99, 3.01, 9), 1)).toEqual([0, 0, 6.5, 6.5]);
    expect(grown(x, y, column(4.49, 4.51), 2)).toEqual([6, 7]);
  });

  it('is the mean without depth, and zero without examples', () => {
    expect(grown(column(1, 2, 4), [3, 4, 8], column(0, 100), 0)).toEqual([5, 5]);
    expect(grown(matrix(0, 1), [], column(1))).toEqual([0]);
  });

  it('chooses the feature that explains more, and of two alike the earlier', () => {
    const x = matrix(4, 3, Float64Array.of(1, 0, 0, 2, 1, 1, 3, 0, 0, 4, 1, 1));
    const y = [0, 9, 0, 9];
    const queries = matrix(2, 3, Float64Array.of(1, 1, 0, 4, 0, 1));
    expect(grown(x, y, queries, 1)).toEqual([9, 0]);
  });

  it('splits where nothing is gained at first, as for an exclusive or', () => {
    const x = matrix(4, 2, Float64Array.of(0, 0, 0, 1, 1, 0, 1, 1));
    expect(grown(x, [0, 1, 1, 0], x, 2)).toEqual([0, 1, 1, 0]);
    expect(grown(x, [0, 1, 1, 0], x, 1)).toEqual([0.5, 0.5, 0.5, 0.5]);
  });

  it('repeats examples of different inputs when it may grow, and means those of the same input', () => {
    const x = gaussian(30, 3, 1);
    const y = gaussian(30, 1, 2).data;
    expect(grown(x, y, x)).toEqual([...y]);
    expect(grown(column(1, 1, 1), [0, 3, 6], column(1))).toEqual([3]);
  });

  it('leaves less and less of the labels unexplained with depth, with at most 2^depth values', () => {
    const x = gaussian(60, 3, 3);
    const y = gaussian(60, 1, 4).data;
    const left = [0, 1, 2, 3, 4].map((depth) => {
      const fitted = grown(x, y, x, depth);
      expect(new Set(fitted).size).toBeLessThanOrEqual(1 << depth);
      return fitted.reduce((sum, value, i) => sum + (value - y[i]!) * (value - y[i]!), 0);
    });
    for (let depth = 1; depth < left.length; depth++) expect(left[depth]!).toBeLessThan(left[depth - 1]!);
  });

  it('does not depend on the scale of inputs, and grows with that of labels', () => {
    const [x, y, queries] = [gaussian(20, 2, 5), gaussian(20, 1, 6).data, gaussian(5, 2, 7)];
    const times = (a: Matrix, factor: number) =>
      matrix(
        a.rows,
        a.columns,
        a.data.map((value) => factor * value),
      );
    const plain = grown(x, y, queries, 3);
    expect(grown(times(x, 4), y, times(queries, 4), 3)).toEqual(plain);
    expect(
      grown(
        x,
        y.map((value) => 2 * value),
        queries,
        3,
      ),
    ).toEqual(plain.map((value) => 2 * value));
  });
});
