import type { Measures } from '../../protocol/measures.ts';
import { tokenMetrics, uniformLevel } from '../tokens/measures.ts';

export const repeatMeasures: Measures = {
  metrics: [
    ...tokenMetrics,
    {
      name: 'copy_loss',
      title: 'Loss on repeated tokens',
      short: 'repeated',
      better: 'lower',
      role: 'in_domain',
      headline: true,
    },
    {
      name: 'copy_accuracy',
      title: 'Accuracy on repeated tokens',
      short: 'copied',
      better: 'higher',
      role: 'other',
      phase: true,
    },
    { name: 'fresh_loss', title: 'Loss on tokens that repeat nothing', short: 'fresh', better: 'lower', role: 'other' },
    {
      name: 'icl_score',
      title: 'ICL score: loss on the last tokens minus that on early ones',
      short: 'ICL score',
      better: 'lower',
      role: 'mechanism',
    },
  ],
  charts: [
    {
      name: 'loss',
      title: 'loss',
      curves: [],
      levels: [uniformLevel],
    },
    {
      name: 'copying',
      title: 'loss on repeated and on new tokens',
      curves: [
        { role: 'in_domain', names: ['copy_loss'], label: 'repeated' },
        { role: 'out_of_domain', names: ['fresh_loss'], label: 'new' },
      ],
      levels: [uniformLevel],
    },
  ],
  terms: {
    ICL: 'In-context learning: the score is the lower, the better late tokens are predicted than early ones (Olsson et al. 2022).',
  },
  predictors: { induction: 'what came after the same token' },
};
