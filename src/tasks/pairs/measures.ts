import type { Measures } from '../../protocol/measures.ts';

export const pairMeasures: Measures = {
  metrics: [
    {
      name: 'query_error',
      title: 'Squared error at the query',
      short: 'query',
      better: 'lower',
      role: 'in_domain',
      headline: true,
      limit: 'preconditioned_risk',
    },
    {
      name: 'step_distance',
      title: 'Squared distance from the best preconditioned step',
      short: 'to the step',
      better: 'lower',
      role: 'other',
    },
    {
      name: 'preconditioner_error',
      title: '‖Â − A*‖ / ‖A*‖ of the preconditioner',
      short: 'Â to A*',
      better: 'lower',
      role: 'mechanism',
    },
    {
      name: 'preconditioned_risk',
      title: 'Expected error of the best preconditioned step',
      short: 'best step',
      better: 'none',
      role: 'theory',
      swept: true,
    },
    {
      name: 'gradient_step_risk',
      title: 'Expected error of the best step of gradient descent',
      short: 'plain step',
      better: 'none',
      role: 'theory',
    },
  ],
  charts: [
    {
      name: 'loss',
      title: 'loss',
      curves: [],
      levels: [
        { value: 'gradient_step_risk', label: 'plain step' },
        { value: 'preconditioned_risk', label: 'best step' },
      ],
    },
    {
      name: 'step',
      title: 'distance from the best step',
      curves: [
        { role: 'in_domain', names: ['step_distance'], label: 'predictions' },
        { role: 'value', names: ['preconditioner_error'], label: 'Â, relative' },
      ],
    },
  ],
  terms: {
    'A*': 'The preconditioner of one step of gradient descent with the least expected error: prediction x_qᵀ A* (1/n) Σ y_i x_i.',
    Â: 'What the weights of the network make of it: the matrix of the step that linear attention takes.',
    'best preconditioned step': 'Prediction with A*, the least expected error of one layer of linear attention.',
  },
  predictors: { gradient_step: 'best step of gradient descent', preconditioned_step: 'best preconditioned step' },
};
