import type { Optimizer } from './contract.ts';
import { decayedGradient } from './decay.ts';

/** Gradient descent: θ ← θ − lr g', g' = g + decay θ. */
export const sgd: Optimizer = {
  name: 'sgd',
  kind: 'plain',
  slots: [],
  rates: (_, { learningRate }) => ({ rate: learningRate }),
  update: (_, inputs) => ({
    theta: inputs.theta.sub(decayedGradient(inputs).mul(inputs.rates['rate']!)),
    slots: {},
  }),
};
