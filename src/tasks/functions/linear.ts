import type { FunctionClass, Reference } from './function_class.ts';

/** wᵀx with w ~ N(0, I). */
export function drawLinear(dim: number): FunctionClass['draw'] {
  return (stream) => {
    const weights = stream.fillGaussian(new Float64Array(dim));
    return (input) => innerProduct(weights, input);
  };
}

export function innerProduct(weights: Float64Array, input: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < weights.length; j++) sum += weights[j]! * input[j]!;
  return sum;
}

/** What linear functions are held against. The penalty of ridge regression is best for labels with that noise variance. */
export const linearReferences = (penalty: number): Reference[] => [
  { name: 'zero' },
  { name: 'averaging' },
  { name: 'nearest_3' },
  { name: 'least_squares' },
  { name: 'ridge', options: [{ penalty }] },
  {
    name: 'gradient_descent',
    options: [0.0125, 0.025, 0.05, 0.1, 0.2, 0.4].map((learningRate) => ({ learningRate, steps: 10 })),
  },
];
