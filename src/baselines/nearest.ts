import { squaredDistances } from '../core/linalg.ts';
import { regression } from './shared/define.ts';

/** Mean label of the min(neighbours, n) nearest examples, Euclidean; of two at the same distance, the earlier one. */
function nearest(neighbours: number, title: string) {
  return regression(`nearest_${neighbours}`, title, (x, y, queries) => {
    const used = Math.min(neighbours, x.rows);
    const distances = squaredDistances(queries, x);
    return Float64Array.from({ length: queries.rows }, (_, q) => {
      const toExample = distances.data.subarray(q * x.rows, (q + 1) * x.rows);
      const order = Array.from(toExample.keys()).sort((i, j) => toExample[i]! - toExample[j]!);
      return order.slice(0, used).reduce((sum, i) => sum + y[i]!, 0) / used;
    });
  });
}

export const nearest1 = nearest(1, 'nearest neighbour');
export const nearest3 = nearest(3, '3 nearest neighbours');
