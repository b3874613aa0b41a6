import type { Optimizer } from './contract.ts';
import { decayedGradient } from './decay.ts';
import { momentRates, momentSlots, momentUpdate } from './moments.ts';

/** Adam; weight decay is an L2 penalty, so that it passes through the moments. */
export const adam: Optimizer = {
  name: 'adam',
  kind: 'adaptive',
  slots: momentSlots,
  rates: momentRates,
  update: (settings, inputs) => momentUpdate(settings, inputs, decayedGradient(inputs)),
};
