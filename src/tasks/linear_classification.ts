import { z } from 'zod';
import type { FunctionClass } from './functions/function_class.ts';
import { functionKeys } from './functions/keys.ts';
import { drawLinear } from './functions/linear.ts';
import { functionTask } from './functions/task.ts';

const schema = z.strictObject(functionKeys(41));

/** y = sign(wᵀx), ±1, with w ~ N(0, I); errors are the share of wrong signs. Garg et al. 2022, code of the paper. */
export const linearClassification = functionTask({
  name: 'linear_classification',
  title: 'Linear classification (Garg et al. 2022)',
  schema,
  functions: ({ dim }) => ({
    kind: 'classification',
    draw: drawSigns(dim),
    power: 1,
    references: ['zero', 'averaging', 'nearest_3', 'logistic', 'linear_svm'].map((name) => ({ name })),
  }),
});

function drawSigns(dim: number): FunctionClass['draw'] {
  const drawFunction = drawLinear(dim);
  return (stream) => {
    const productOf = drawFunction(stream);
    return (input) => (productOf(input) < 0 ? -1 : 1);
  };
}
