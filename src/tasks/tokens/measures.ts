import type { Metric } from '../../protocol/measures.ts';

export const accuracyMetric: Metric = {
  name: 'accuracy',
  title: 'Top-1 accuracy',
  short: 'accuracy',
  better: 'higher',
  role: 'other',
};

/** log of how many symbols there are. */
export const uniformMetric: Metric = {
  name: 'uniform_loss',
  title: 'Loss of the uniform predictor',
  short: 'uniform',
  better: 'none',
  role: 'theory',
};

export const uniformLevel = { value: uniformMetric.name, label: 'uniform' };

/** What is measured of every task that predicts a symbol after each. */
export const tokenMetrics: readonly Metric[] = [
  accuracyMetric,
  uniformMetric,
  {
    name: 'loss_at/#',
    title: 'Loss after # tokens',
    short: 'loss #',
    better: 'lower',
    role: 'other',
    along: 'examples',
  },
  { name: 'accuracy_at/#', title: 'Accuracy after # tokens', short: 'acc. #', better: 'higher', role: 'other' },
];

/** The same on tasks that were not trained. */
export const newTokenMetrics: readonly Metric[] = [
  { name: 'new_eval_loss', title: 'Loss on new tasks', short: 'new loss', better: 'lower', role: 'out_of_domain' },
  { ...accuracyMetric, name: 'new_accuracy', title: `${accuracyMetric.title}, new tasks`, short: 'new accuracy' },
  {
    name: 'new_loss_at/#',
    title: 'Loss after # tokens, new tasks',
    short: 'new loss #',
    better: 'lower',
    role: 'other',
    along: 'examples',
  },
  {
    name: 'new_accuracy_at/#',
    title: 'Accuracy after # tokens, new tasks',
    short: 'new acc. #',
    better: 'higher',
    role: 'other',
  },
];
