import { z } from 'zod';
import { functionKeys, shiftKeys } from './functions/keys.ts';
import { drawLinear, linearReferences } from './functions/linear.ts';
import { functionTask } from './functions/task.ts';

const schema = z.strictObject({
  ...functionKeys(41),
  noise: z.number().min(0).max(1000).default(1).describe('Standard deviation of the noise on labels, σ'),
  ...shiftKeys,
});

/** y = wᵀx + ε with w ~ N(0, I) and ε ~ N(0, σ²), errors measured from the noisy label. Garg et al. 2022, section 4. */
export const noisyLinearRegression = functionTask({
  name: 'noisy_linear_regression',
  title: 'Linear regression with noisy labels (Garg et al. 2022)',
  schema,
  functions: ({ dim, noise }) => {
    const variance = noise * noise;
    return {
      kind: 'regression',
      draw: drawLinear(dim),
      power: dim,
      noise,
      references: linearReferences(variance),
      expected: {
        zero: () => dim + variance,
        averaging: (examples) => (examples === 0 ? dim : (dim * (dim + 1 + variance)) / examples) + variance,
      },
    };
  },
});
