import type { SymbolicTensor } from '../symbolic.ts';
import type { UpdateInputs } from './contract.ts';

/** g + decay θ: the gradient of the loss with an L2 penalty decay/2 |θ|² added. */
export function decayedGradient({ gradient, theta, weightDecay }: UpdateInputs): SymbolicTensor {
  return weightDecay ? gradient.add(theta.mul(weightDecay)) : gradient;
}
