import { z } from 'zod';
import { networkCost } from '../baselines/network.ts';
import type { FunctionClass } from './functions/function_class.ts';
import { functionKeys } from './functions/keys.ts';
import { functionTask } from './functions/task.ts';

const schema = z.strictObject({
  ...functionKeys(101),
  hidden: z.int().min(1).max(10_000).default(100).describe('Hidden units of the networks, h'),
});

/** Multiplications that fitting networks to held-out prompts may take: some 20 s. */
const mostWork = 2e10;

/** y = √(2/h) Σ_u a_u·max(0, w_uᵀx) with a and w ~ N(0, I), so that labels have variance d. Garg et al. 2022, section 5. */
export const reluNetworkRegression = functionTask({
  name: 'relu_network_regression',
  title: 'Regression on random ReLU networks (Garg et al. 2022)',
  schema,
  functions: ({ dim, points, hidden }) => {
    let work = 0;
    for (let examples = 1; examples < points; examples++) work += networkCost(examples, dim, hidden);
    return {
      kind: 'regression',
      draw: drawNetwork(dim, hidden),
      weights: hidden * (dim + 1),
      power: dim,
      references: [
        { name: 'zero' },
        { name: 'averaging' },
        { name: 'nearest_3' },
        { name: 'least_squares' },
        { name: 'network', options: [{ hidden }], most: Math.max(2, Math.floor(mostWork / work)) },
      ],
      expected: { zero: () => dim },
    };
  },
});

function drawNetwork(dim: number, hidden: number): FunctionClass['draw'] {
  return (stream) => {
    const inner = stream.fillGaussian(new Float64Array(hidden * dim));
    const outer = stream.fillGaussian(new Float64Array(hidden));
    const scale = Math.sqrt(2 / hidden);
    return (input) => {
      let sum = 0;
      for (let u = 0; u < hidden; u++) {
        let activation = 0;
        for (let j = 0; j < dim; j++) activation += inner[u * dim + j]! * input[j]!;
        if (activation > 0) sum += outer[u]! * activation;
      }
      return scale * sum;
    };
  };
}
