import { z } from 'zod';
import { functionKeys, shiftKeys } from './functions/keys.ts';
import { drawLinear, linearReferences } from './functions/linear.ts';
import { functionTask } from './functions/task.ts';

const schema = z.strictObject({ ...functionKeys(41), ...shiftKeys });

/** y = wᵀx with w ~ N(0, I). Garg et al. 2022, section 3. */
export const linearRegression = functionTask({
  name: 'linear_regression',
  title: 'Linear regression (Garg et al. 2022)',
  schema,
  functions: ({ dim }) => ({
    kind: 'regression',
    draw: drawLinear(dim),
    power: dim,
    references: linearReferences(1),
    expected: {
      zero: () => dim,
      averaging: (examples) => (examples === 0 ? dim : (dim * (dim + 1)) / examples),
      least_squares: (examples) => Math.max(dim - examples, 0),
    },
    optimal: 'least_squares',
  }),
});
