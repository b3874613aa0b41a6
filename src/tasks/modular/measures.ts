import type { Measures, Metric } from '../../protocol/measures.ts';
import { newTokenMetrics, tokenMetrics, uniformLevel } from '../tokens/measures.ts';

const ofKind = (prefix: '' | 'new_'): Metric[] => {
  const [tasks, short] = prefix === '' ? ['', ''] : [', new tasks', 'new '];
  return [
    {
      name: `${prefix}accuracy_last`,
      title: `Accuracy of the last sum${tasks}`,
      short: `${short}last sum`,
      better: 'higher',
      role: 'other',
      phase: true,
    },
    {
      name: `${prefix}exact_distance`,
      title: `KL from the exact predictor${tasks}`,
      short: `${short}KL exact`,
      better: 'lower',
      role: 'other',
    },
    {
      name: `${prefix}exact_loss`,
      title: `Loss of the exact predictor${tasks}`,
      short: `${short}exact`,
      better: 'none',
      role: 'theory',
    },
  ];
};

export const sumMeasures: Measures = {
  metrics: [...tokenMetrics, ...newTokenMetrics, ...ofKind(''), ...ofKind('new_')],
  charts: [
    {
      name: 'loss',
      title: 'loss',
      curves: [{ role: 'out_of_domain', names: ['new_eval_loss'] }],
      levels: [uniformLevel, { value: 'exact_loss', label: 'exact' }],
    },
    {
      name: 'sums',
      title: 'accuracy of the last sum',
      curves: [{ role: 'in_domain', names: ['accuracy_last'], label: 'trained tasks' }],
    },
  ],
  predictors: { exact: 'all tasks that fit' },
};
