import type { Measures } from '../../protocol/measures.ts';
import { tokenMetrics, uniformLevel } from '../tokens/measures.ts';

export const repeatMeasures: Measures = {
  metrics: [
    ...tokenMetrics,
    {
      name: 'copy_loss',
      title: 'Loss on symbols of the repetition',
      short: 'repeated',
      better: 'lower',
      role: 'in_domain',
      headline: true,
    },
    {
      name: 'copy_accuracy',
      title: 'Accuracy on symbols of the repetition',
      short: 'copied',
      better: 'higher',
      role: 'other',
      phase: true,
    },
    { name: 'fresh_loss', title: 'Loss on symbols that are new', short: 'fresh', better: 'lower', role: 'other' },
    {
      name: 'icl_score',
      title: 'Loss on the last tokens less that on early ones',
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
      title: 'loss on repeated and on new symbols',
      curves: [
        { role: 'in_domain', names: ['copy_loss'], label: 'repeated' },
        { role: 'out_of_domain', names: ['fresh_loss'], label: 'new' },
      ],
      levels: [uniformLevel],
    },
  ],
  predictors: { induction: 'what came after the same symbol' },
};
