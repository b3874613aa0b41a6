import { z } from 'zod';
import type { FunctionClass } from './functions/function_class.ts';
import { functionKeys } from './functions/keys.ts';
import { functionTask } from './functions/task.ts';

const schema = z.strictObject({
  ...functionKeys(101),
  depth: z.int().min(1).max(12).default(4).describe('Splits on the way to a leaf'),
});

/** Trees that split on the sign of a random number of the input, with N(0, 1) at every leaf. Garg et al. 2022, section 5. */
export const decisionTree = functionTask({
  name: 'decision_tree',
  title: 'Random decision trees (Garg et al. 2022)',
  schema,
  predictors: { full_tree: 'greedy tree of any depth' },
  functions: ({ dim, depth }) => ({
    kind: 'regression',
    draw: drawTree(dim, depth),
    power: 1,
    references: [
      { name: 'zero' },
      { name: 'averaging' },
      { name: 'nearest_3' },
      { name: 'least_squares' },
      { name: 'tree', options: [{ depth }] },
      { name: 'full_tree', of: 'tree', options: [{ depth: Number.POSITIVE_INFINITY }] },
    ],
    expected: { zero: () => 1 },
  }),
});

/** Node k of a complete binary tree has the children 2k + 1 and 2k + 2. */
function drawTree(dim: number, depth: number): FunctionClass['draw'] {
  const leaves = 1 << depth;
  return (stream) => {
    const features = Uint32Array.from({ length: leaves - 1 }, () => stream.integer(dim));
    const values = stream.fillGaussian(new Float64Array(leaves));
    return (input) => {
      let node = 0;
      while (node < features.length) node = 2 * node + (input[features[node]!]! > 0 ? 2 : 1);
      return values[node - features.length]!;
    };
  };
}
