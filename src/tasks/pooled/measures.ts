import type { Chart, Measures, Metric } from '../../protocol/measures.ts';
import { functionMeasures } from '../functions/measures.ts';

const distance = (name: string, title: string, short: string): Metric => ({
  name,
  title,
  short,
  better: 'none',
  role: 'other',
});

const short = (prefix: '' | 'new_'): string => prefix.replace('_', ' ');

/** Distances on one kind of prompts, and how far the two predictors are from each other there. */
const distances = (prefix: '' | 'new_', tasks: string): Metric[] => [
  distance(`${prefix}pool_bayes_distance`, `Squared distance from dMMSE, ${tasks}`, `${short(prefix)}to dMMSE`),
  distance(`${prefix}ridge_distance`, `Squared distance from ridge, ${tasks}`, `${short(prefix)}to ridge`),
  {
    ...distance(`${prefix}predictors_apart`, `Squared distance of ridge from dMMSE, ${tasks}`, `${short(prefix)}apart`),
    role: 'theory',
  },
];

const chart = (prefix: '' | 'new_', tasks: string): Chart => ({
  name: `${prefix}predictors`,
  title: `distance on ${tasks}`,
  curves: [
    { role: 'in_domain', names: [`${prefix}pool_bayes_distance`], label: 'to dMMSE' },
    { role: 'out_of_domain', names: [`${prefix}ridge_distance`], label: 'to ridge' },
  ],
  levels: [{ value: `${prefix}predictors_apart`, label: 'dMMSE to ridge' }],
});

export const pooledMeasures: Measures = {
  metrics: [
    ...functionMeasures.metrics,
    ...distances('', 'training tasks'),
    ...distances('new_', 'new tasks'),
    { name: 'new_eval_loss', title: 'Loss on new tasks', short: 'new loss', better: 'lower', role: 'out_of_domain' },
    {
      name: 'new_error_last',
      title: 'Error at the last point, new tasks',
      short: 'new last',
      better: 'lower',
      role: 'out_of_domain',
    },
    {
      name: 'new_error_at/#',
      title: 'Error after # examples of a new task',
      short: 'new #',
      better: 'lower',
      role: 'other',
      along: 'examples',
    },
  ],
  charts: [
    { name: 'loss', title: 'loss', curves: [{ role: 'out_of_domain', names: ['new_error_last', 'new_eval_loss'] }] },
    chart('', 'training tasks'),
    chart('new_', 'new tasks'),
  ],
  predictors: { pool_bayes: 'dMMSE' },
  terms: {
    dMMSE:
      'Bayes estimator over the finite pool of training tasks (task.pool), the best predictor on these (Raventós et al. 2023).',
    'squared distance':
      'Mean of (prediction − predictor)² over points, divided by the dimension d: Δ of Raventós et al.',
    ridge:
      'Ridge regression with the penalty of the noise: Bayes for tasks w ~ N(0, I), the best predictor on new ones.',
  },
};
