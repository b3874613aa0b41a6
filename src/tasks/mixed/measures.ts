import type { Chart, Measures, Metric } from '../../protocol/measures.ts';
import { functionMeasures } from '../functions/measures.ts';

/** Kinds of held-out prompts, by the prefix of their metrics. */
const kinds = [
  ['', 'the mixture', ''],
  ['dense_', 'dense functions', 'd. '],
  ['sparse_', 'sparse functions', 's. '],
] as const;

const estimators = [
  ['mixture_bayes', "the mixture's Bayes", 'mixture'],
  ['dense_bayes', 'Bayes for dense', 'dense'],
  ['sparse_bayes', 'Bayes for sparse', 'sparse'],
] as const;

const distances: Metric[] = kinds.flatMap(([prefix, prompts, short]): Metric[] => [
  ...estimators.map(
    ([name, title, brief]): Metric => ({
      name: `${prefix}${name}_distance`,
      title: `Squared distance from ${title}, ${prompts}`,
      short: `${short}to ${brief}`,
      better: 'none',
      role: 'other',
    }),
  ),
  {
    name: `${prefix}predictors_apart`,
    title: `Squared distance of dense from sparse Bayes, ${prompts}`,
    short: `${short}apart`,
    better: 'none',
    role: 'theory',
  },
]);

const errors: Metric[] = kinds.slice(1).flatMap(([prefix, prompts, short]): Metric[] => [
  { name: `${prefix}eval_loss`, title: `Loss on ${prompts}`, short: `${short}loss`, better: 'lower', role: 'other' },
  ...functionMeasures.metrics
    .filter(({ better }) => better === 'lower')
    .map(
      ({ headline: _, ...metric }): Metric => ({
        ...metric,
        name: `${prefix}${metric.name}`,
        title: `${metric.title}, ${prompts}`,
        short: `${short}${metric.short}`,
        role: 'other',
      }),
    ),
]);

const charts = kinds.map(
  ([prefix, prompts]): Chart => ({
    name: `${prefix}predictors`,
    title: `distance on ${prompts}`,
    curves: estimators.map(([name, , brief], i) => ({
      role: (['in_domain', 'out_of_domain', 'value'] as const)[i]!,
      names: [`${prefix}${name}_distance`],
      label: `to ${brief}`,
    })),
    levels: [{ value: `${prefix}predictors_apart`, label: 'dense to sparse' }],
  }),
);

export const mixedMeasures: Measures = {
  metrics: [...functionMeasures.metrics, ...distances, ...errors],
  charts,
  predictors: {
    mixture_bayes: 'Bayes for the mixture',
    dense_bayes: 'Bayes for dense functions',
    sparse_bayes: 'Bayes for sparse functions',
  },
  terms: {
    d: 'In legends: on prompts of dense functions.',
    s: 'In legends: on prompts of sparse functions.',
    'Bayes for the mixture':
      'Mean of the Bayes estimators for dense and sparse weights, each as likely as labels make its class: the best predictor.',
    'Bayes for dense': 'Bayes for weights from N(0, I): ridge regression with the penalty of the noise.',
    'Bayes for sparse':
      'Bayes for weights on task.sparsity inputs: over all choices of these, as likely as labels make them.',
  },
};
