import type { Matrix } from '../core/linalg.ts';
import { regression } from './shared/define.ts';

/** What a tree predicts for the features at `row` of a matrix. */
type Predictor = (x: Matrix, row: number) => number;

interface Split {
  readonly feature: number;
  readonly threshold: number;
}

/**
 * A regression tree (CART, Breiman et al. 1984), grown greedily: each node is split where the summed squares of both sides
 * round their means are least, of equal splits at the earliest feature and the lowest threshold, midway between two values.
 * A node is a leaf, with the mean of its labels, at full depth, when its labels are all the same or when nothing parts it.
 */
function grow(x: Matrix, y: Float64Array, rows: readonly number[], depth: number): Predictor {
  const mean = rows.reduce((sum, row) => sum + y[row]!, 0) / rows.length;
  const first = y[rows[0]!];
  const split = depth > 0 && rows.some((row) => y[row] !== first) ? bestSplit(x, y, rows) : undefined;
  if (!split) return () => mean;
  const { feature, threshold } = split;
  const isLow = (row: number) => x.data[row * x.columns + feature]! <= threshold;
  const low = grow(x, y, rows.filter(isLow), depth - 1);
  const high = grow(
    x,
    y,
    rows.filter((row) => !isLow(row)),
    depth - 1,
  );
  return (queries, row) => (queries.data[row * queries.columns + feature]! <= threshold ? low : high)(queries, row);
}

function bestSplit(x: Matrix, y: Float64Array, rows: readonly number[]): Split | undefined {
  const total = rows.reduce((sum, row) => sum + y[row]!, 0);
  let best: Split | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (let feature = 0; feature < x.columns; feature++) {
    const read = (row: number) => x.data[row * x.columns + feature]!;
    const order = [...rows].sort((a, b) => read(a) - read(b));
    let below = 0;
    for (let count = 1; count < order.length; count++) {
      below += y[order[count - 1]!]!;
      const [left, right] = [read(order[count - 1]!), read(order[count]!)];
      if (left === right) continue;
      // The squares round both means are the least where Σ(sum of a side)² / (rows of it) is the greatest.
      const explained = (below * below) / count + ((total - below) * (total - below)) / (order.length - count);
      if (explained <= most) continue;
      most = explained;
      best = { feature, threshold: left + (right - left) / 2 };
    }
  }
  return best;
}

/** A greedy regression tree, at most as deep as the option `depth`. */
export const tree = regression('tree', 'greedy tree of the same depth', (x, y, queries, { depth }) => {
  const predict = grow(x, y, [...y.keys()], depth);
  return Float64Array.from({ length: queries.rows }, (_, q) => predict(queries, q));
});
