import type { Optimizer } from './contract.ts';
import { momentRates, momentSlots, momentUpdate } from './moments.ts';

/** Adam with decoupled weight decay: θ ← θ − lr decay θ before the step. Loshchilov and Hutter 2019, algorithm 2. */
export const adamw: Optimizer = {
  name: 'adamw',
  kind: 'adaptive',
  slots: momentSlots,
  rates: (settings, inputs) => ({
    ...momentRates(settings, inputs),
    ...(inputs.weightDecay && { decay: inputs.learningRate.mul(inputs.weightDecay) }),
  }),
  update: (settings, inputs) => {
    const { theta, rates } = inputs;
    const decayed = rates['decay'] ? theta.sub(theta.mul(rates['decay'])) : theta;
    return momentUpdate(settings, { ...inputs, theta: decayed }, inputs.gradient);
  },
};
