import type { Measures } from '../../protocol/measures.ts';

export const functionMeasures: Measures = {
  metrics: [
    {
      name: 'error_last',
      title: 'Error at the last point of a prompt',
      short: 'last point',
      better: 'lower',
      role: 'in_domain',
      headline: true,
    },
    {
      name: 'error_at/#',
      title: 'Error after # examples',
      short: 'error #',
      better: 'lower',
      role: 'other',
      along: 'examples',
    },
    {
      name: 'curriculum_dim',
      title: 'Input dimensions in use (curriculum)',
      short: 'dim',
      better: 'none',
      role: 'other',
    },
    {
      name: 'curriculum_points',
      title: 'Examples of a prompt in use (curriculum)',
      short: 'points',
      better: 'none',
      role: 'other',
    },
  ],
  charts: [
    {
      name: 'loss',
      title: 'loss',
      curves: [],
      levels: [{ value: 'baseline/averaging/error_last', label: 'averaging' }],
    },
  ],
};
