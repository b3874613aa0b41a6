import type { Measures, Metric } from '../../protocol/measures.ts';
import { accuracyMetric, uniformLevel, uniformMetric } from '../tokens/measures.ts';

const accuracy = (name: string, title: string, short: string): Metric => ({
  name: `${name}_accuracy`,
  title,
  short,
  better: 'none',
  role: 'mechanism',
  phase: true,
});

export const burstyMeasures: Measures = {
  metrics: [
    accuracyMetric,
    uniformMetric,
    accuracy('context', 'Accuracy in context: new classes, which only the prompt shows', 'in context'),
    accuracy('swapped', 'Accuracy by the labels of the context where these are swapped', 'swapped'),
    accuracy('weights', 'Accuracy in weights: trained classes that the context does not show', 'in weights'),
    accuracy('label', 'Accuracy where the context shows the label alone', 'label shown'),
    { name: 'chance', title: 'Chance accuracy', short: 'chance', better: 'none', role: 'theory' },
  ],
  charts: [
    { name: 'loss', title: 'loss', curves: [], levels: [uniformLevel] },
    {
      name: 'strategies',
      title: 'accuracy in context and in weights',
      curves: [
        { role: 'in_domain', names: ['context_accuracy'], label: 'in context' },
        { role: 'out_of_domain', names: ['weights_accuracy'], label: 'in weights' },
        { role: 'value', names: ['swapped_accuracy'], label: 'exchanged labels' },
      ],
      levels: [{ value: 'chance', label: 'chance' }],
    },
  ],
  predictors: { in_weights: 'Bayes without a context', in_context: 'vote of the context' },
};
