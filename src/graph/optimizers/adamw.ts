import type { Optimizer } from './contract.ts';
import { momentSlots, momentUpdate } from './moments.ts';

/** Adam with decoupled weight decay: θ ← θ − lr decay θ before the step. Loshchilov and Hutter 2019, algorithm 2. */
export const adamw: Optimizer = {
  name: 'adamw',
  slots: momentSlots,
  update: (settings, inputs) => {
    const { theta, learningRate, weightDecay } = inputs;
    const decayed = weightDecay ? theta.sub(theta.mul(learningRate.mul(weightDecay))) : theta;
    return momentUpdate(settings, { ...inputs, theta: decayed }, inputs.gradient);
  },
};
