import type { Measures, Metric } from '../../protocol/measures.ts';

const theory = (name: string, title: string, short: string, unit?: string): Metric => ({
  name,
  title,
  short,
  ...(unit && { unit }),
  better: 'none',
  role: 'theory',
});

export const softmaxMeasures: Measures = {
  metrics: [
    {
      ...theory('zeta0', 'ζ0, least eigenvalue at the start', 'ζ0'),
      fact: { row: 'start', label: 'ζ0', pending: 'ζ0, ranks and bound follow in a moment' },
    },
    theory('weakest_token', 'Token of that least eigenvalue', 'weakest'),
    {
      ...theory('rank_deficient_tokens', 'Tokens that fail Assumption 2', 'rank fails', 'tokens'),
      fact: { row: 'start', label: 'Assumption 2', none: 'holds', some: 'fails at # of {rows} tokens' },
    },
    {
      ...theory('frozen_loss_floor', 'Least loss with Q frozen at its start', 'frozen'),
      swept: true,
      fact: { row: 'theory', label: 'with Q frozen' },
    },
    theory('f_bar_max', 'f̄_max, longest column of Z̄', 'f̄_max'),
    theory('gamma', 'γ of Theorem 1', 'γ'),
    theory('eta_q', 'η_Q, largest step of Q in Theorem 1', 'η_Q'),
    theory('eta_w', 'η_w, step of w in Theorem 1', 'η_w'),
    {
      ...theory('rate_bound', 'Factor on L − L* per step, bound of Theorem 1', 'bound', 'per step'),
      summary: true,
      fact: { row: 'rate', label: 'bound' },
    },
  ],
  terms: {
    'Theorem 1': 'Of Yang et al. 2024: L − L* shrinks at least by 1 − η_w ζ0 / 2K a step, K the number of tokens.',
    'Assumption 2':
      'Of the theorem: for every token the patterns of the heads at the start span the prompt, of rank N.',
    ζ0: 'Least eigenvalue, over tokens k, of B_k B_kᵀ at the start, B_k = Z̄ times the patterns of the heads for token k.',
    Z̄: 'Any root of ZᵀZ + mτI, where Z holds the features of the prompt’s tokens.',
    f̄_max: 'Largest norm of a column of Z̄.',
    γ: 'Ratio of how fast w and Q may learn: η_w = γ² η_Q.',
    'η_Q, η_w': 'Largest learning rates of Q and w that the theorem allows.',
    Q: 'Attention matrix of each head: the score of token n for query k is v_nᵀ Q v_k.',
    w: 'Weights with which heads are summed.',
  },
  charts: [
    {
      name: 'gap',
      title: 'gap L − L*',
      curves: [],
      levels: [
        { value: 'initial_loss', above: 'loss_floor', factor: 'rate_bound', label: 'bound' },
        { value: 'frozen_loss_floor', above: 'loss_floor', label: 'frozen Q' },
      ],
    },
  ],
};
