import { z } from 'zod';
import type { FunctionClass } from './functions/function_class.ts';
import { functionKeys } from './functions/keys.ts';
import { innerProduct } from './functions/linear.ts';
import { functionTask } from './functions/task.ts';

const schema = z.strictObject(functionKeys(41));

/** y = Σ w_j x_j² / √3 with w ~ N(0, I), so that labels have variance d. Garg et al. 2022, code of the paper. */
export const quadraticRegression = functionTask({
  name: 'quadratic_regression',
  title: 'Regression on squares (Garg et al. 2022)',
  schema,
  predictors: { squares: 'least squares on squares' },
  functions: ({ dim }) => ({
    kind: 'regression',
    draw: drawQuadratic(dim),
    power: dim,
    references: [
      { name: 'zero' },
      { name: 'averaging' },
      { name: 'nearest_3' },
      { name: 'least_squares' },
      { name: 'squares', of: 'least_squares', seen: (value: number) => value * value },
    ],
    expected: { zero: () => dim },
  }),
});

function drawQuadratic(dim: number): FunctionClass['draw'] {
  return (stream) => {
    const weights = stream.fillGaussian(new Float64Array(dim));
    return (input) =>
      innerProduct(
        weights,
        input.map((value) => value * value),
      ) / Math.sqrt(3);
  };
}
