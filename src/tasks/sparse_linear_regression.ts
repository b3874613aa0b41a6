import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import type { FunctionClass } from './functions/function_class.ts';
import { functionKeys, shiftKeys } from './functions/keys.ts';
import { innerProduct, linearReferences } from './functions/linear.ts';
import { functionTask } from './functions/task.ts';

const schema = z.strictObject({
  ...functionKeys(41),
  sparsity: z.int().min(1).max(10_000).default(3).describe('Weights that are not 0, s'),
  ...shiftKeys,
});

/** y = wᵀx where s weights, at random places, are N(0, 1) and the others 0. Garg et al. 2022, section 5. */
export const sparseLinearRegression = functionTask({
  name: 'sparse_linear_regression',
  title: 'Sparse linear regression (Garg et al. 2022)',
  schema,
  functions: ({ dim, sparsity }) => {
    if (sparsity > dim) {
      throw new UserError({ what: `task.sparsity is ${sparsity}`, expected: `at most task.dim, ${dim}` });
    }
    return {
      kind: 'regression',
      draw: drawSparse(dim, sparsity),
      power: sparsity,
      references: [
        ...linearReferences(1),
        { name: 'lasso', options: [1, 0.1, 0.01, 0.001, 0.0001].map((alpha) => ({ alpha })) },
      ],
      expected: {
        zero: () => sparsity,
        averaging: (examples) => (examples === 0 ? sparsity : (sparsity * (dim + 1)) / examples),
        least_squares: (examples) => (sparsity * Math.max(dim - examples, 0)) / dim,
      },
    };
  },
});

function drawSparse(dim: number, sparsity: number): FunctionClass['draw'] {
  return (stream) => {
    const weights = new Float64Array(dim);
    const places = stream.permutation(dim).subarray(0, sparsity);
    const drawn = stream.fillGaussian(new Float64Array(sparsity));
    places.forEach((place, k) => {
      weights[place] = drawn[k]!;
    });
    return (input) => innerProduct(weights, input);
  };
}
