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
  distance(`${prefix}pool_bayes_distance`, `Distance from Bayes over the pool, ${tasks}`, `${short(prefix)}to Bayes`),
  distance(`${prefix}ridge_distance`, `Distance from ridge, ${tasks}`, `${short(prefix)}to ridge`),
  {
    ...distance(`${prefix}predictors_apart`, `Ridge from Bayes over the pool, ${tasks}`, `${short(prefix)}apart`),
    role: 'theory',
  },
];

const chart = (prefix: '' | 'new_', tasks: string): Chart => ({
  name: `${prefix}predictors`,
  title: `distance on ${tasks}`,
  curves: [
    { role: 'in_domain', names: [`${prefix}pool_bayes_distance`], label: 'to Bayes of the pool' },
    { role: 'out_of_domain', names: [`${prefix}ridge_distance`], label: 'to ridge' },
  ],
  levels: [{ value: `${prefix}predictors_apart`, label: 'Bayes to ridge' }],
});

export const pooledMeasures: Measures = {
  metrics: [
    ...functionMeasures.metrics,
    ...distances('', 'pool tasks'),
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
    chart('', 'pool tasks'),
    chart('new_', 'new tasks'),
  ],
  predictors: { pool_bayes: 'Bayes over the pool' },
};
