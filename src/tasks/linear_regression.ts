import { z } from 'zod';
import type { TaskDefinition } from './contract.ts';
import { functionKeys, shiftKeys } from './functions/keys.ts';
import { drawLinear, linearReferences } from './functions/linear.ts';
import { functionTask } from './functions/task.ts';

const schema = z.strictObject({ ...functionKeys(41), ...shiftKeys });

/** y = wᵀx with w ~ N(0, I). Garg et al. 2022, section 3. */
export const linearRegression: TaskDefinition<z.infer<typeof schema>> = {
  name: 'linear_regression',
  title: 'Linear regression (Garg et al. 2022)',
  schema,
  create(settings, context) {
    const { dim, points } = settings;
    const functions = {
      dim,
      points,
      kind: 'regression' as const,
      draw: drawLinear(dim),
      power: dim,
      noise: 0,
      references: linearReferences(1),
      expected: {
        zero: () => dim,
        averaging: (examples: number) => (examples === 0 ? dim : (dim * (dim + 1)) / examples),
        least_squares: (examples: number) => Math.max(dim - examples, 0),
      },
      optimal: 'least_squares',
    };
    return functionTask(linearRegression, functions, settings, context);
  },
};
