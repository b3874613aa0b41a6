import type { Measures } from '../../protocol/measures.ts';

export const representationMeasures: Measures = {
  metrics: [
    {
      name: 'in_domain_inference_loss',
      title: 'In-domain distance from the ridge limit',
      short: 'in-domain',
      better: 'lower',
      role: 'in_domain',
      headline: true,
      limit: 'expected_in_domain_inference_loss',
    },
    {
      name: 'out_of_domain_inference_loss',
      title: 'Out-of-domain distance from the ridge limit',
      short: 'out-of-domain',
      better: 'lower',
      role: 'out_of_domain',
      limit: 'expected_out_of_domain_inference_loss',
    },
    {
      name: 'ridge_limit_loss',
      title: 'Loss of the ridge limit on the held-out prompts',
      short: 'ridge',
      better: 'none',
      role: 'theory',
    },
    {
      name: 'gap_to_best_ridge',
      title: 'Distance from ridge with penalty Nτ',
      short: 'to best ridge',
      better: 'lower',
      role: 'in_domain',
      limit: 'ridge_gap',
    },
    {
      name: 'seen_error',
      title: 'Squared error on tokens shown with a label',
      short: 'seen',
      better: 'lower',
      role: 'in_domain',
    },
    {
      name: 'unseen_error',
      title: 'Error on unseen tokens or tasks',
      short: 'unseen',
      better: 'lower',
      role: 'in_domain',
      headline: true,
    },
    {
      name: 'best_ridge_loss',
      title: 'Loss of ridge with penalty Nτ',
      short: 'L of Nτ',
      better: 'none',
      role: 'theory',
    },
    {
      name: 'ridge_gap',
      title: 'Expected distance, ridge mτ to ridge Nτ',
      short: 'mτ to Nτ',
      better: 'none',
      role: 'theory',
      swept: true,
    },
    {
      name: 'expected_in_domain_inference_loss',
      title: 'Expected in-domain inference loss',
      short: 'expected in',
      better: 'lower',
      role: 'theory',
    },
    {
      name: 'expected_out_of_domain_inference_loss',
      title: 'Expected out-of-domain inference loss',
      short: 'expected out',
      better: 'lower',
      role: 'theory',
    },
  ],
  charts: [
    {
      name: 'loss',
      title: 'loss',
      curves: [{ role: 'out_of_domain', names: ['out_of_domain_inference_loss'] }],
      levels: [{ value: 'ridge_limit_loss', label: 'ridge' }],
    },
    {
      name: 'ridge',
      title: 'distance from ridge',
      curves: [
        { role: 'in_domain', names: ['in_domain_inference_loss'], label: 'to limit mτ' },
        { role: 'value', names: ['gap_to_best_ridge'], label: 'to best Nτ' },
      ],
      levels: [{ value: 'ridge_gap', label: 'mτ to Nτ' }],
    },
  ],
  terms: {
    'in-domain':
      '(1/K)‖ŷ − ŷ*‖² over the K tokens of held-out prompts of tasks as trained on, λ ~ N(0, I); ŷ is predicted, ŷ* the ridge limit’s. A distance, not a loss: it may fall below L*.',
    'out-of-domain': 'The same distance on prompts of tasks λ ~ N(1, 4I).',
    λ: 'Weights of a task: the label of a token with features z is λᵀz.',
    'expected in, expected out': 'What these distances come to on average over prompts, from the weights alone.',
    'ridge limit':
      'Ridge regression with penalty mτ on the labels of the prompt: what training leads to (Yang et al. 2024, Theorem 2).',
    m: 'Number of features of a token (task.features).',
    N: 'Number of examples with a label in a prompt (task.prompt_examples).',
    τ: 'Variance of the noise on each feature (task.noise).',
  },
  predictors: { best_ridge: 'ridge with penalty Nτ' },
};
