import type { Optimizer } from './contract.ts';
import { decayedGradient } from './decay.ts';

/**
 * Gradient descent with momentum μ as in PyTorch: u ← μ u + g', θ ← θ − lr u; with Nesterov's look-ahead
 * θ ← θ − lr (g' + μ u). g' = g + decay θ. Sutskever et al. 2013, section 2, up to the place of lr.
 */
export const momentum: Optimizer = {
  name: 'momentum',
  kind: 'plain',
  slots: [{ name: 'momentum', kind: 'vector' }],
  rates: (_, { learningRate }) => ({ rate: learningRate }),
  update: (settings, inputs) => {
    const gradient = decayedGradient(inputs);
    const buffer = inputs.slots['momentum']!.mul(settings.momentum).add(gradient);
    const direction = settings.nesterov ? gradient.add(buffer.mul(settings.momentum)) : buffer;
    return { theta: inputs.theta.sub(direction.mul(inputs.rates['rate']!)), slots: { momentum: buffer } };
  },
};
