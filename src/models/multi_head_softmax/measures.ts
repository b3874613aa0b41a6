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
      ...theory('rate_bound', 'Factor on L − L* a step, bound of Theorem 1', 'bound', 'per step'),
      summary: true,
      fact: { row: 'rate', label: 'bound' },
    },
  ],
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
