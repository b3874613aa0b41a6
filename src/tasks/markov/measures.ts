import type { Chart, Measures, Metric } from '../../protocol/measures.ts';
import { newTokenMetrics, tokenMetrics, uniformLevel } from '../tokens/measures.ts';

const predictors = {
  unigram: 'unigram',
  bigram: 'bigram',
  trigram: 'trigram',
  unigram_mixture: 'training chains weighed by token counts',
  mixture: 'Bayes over the training chains',
};

const shorts = {
  unigram: '1-gram',
  bigram: '2-gram',
  trigram: '3-gram',
  unigram_mixture: 'counts',
  mixture: 'mix',
};

type Prefix = '' | 'new_';
const kinds = { '': '', new_: ', new chains' } as const;
const short = (prefix: Prefix, text: string): string => (prefix === '' ? text : `new ${text}`);

/** Distances from the predictors on one kind of sequences, and their losses there. */
const ofKind = (prefix: Prefix): Metric[] => [
  ...(Object.keys(predictors) as (keyof typeof predictors)[]).flatMap((name): Metric[] => [
    {
      name: `${prefix}${name}_distance`,
      title: `KL from the predictor: ${predictors[name]}${kinds[prefix]}`,
      short: short(prefix, `KL ${shorts[name]}`),
      better: 'none',
      role: 'other',
    },
    {
      name: `${prefix}${name}_loss`,
      title: `Loss of the predictor: ${predictors[name]}${kinds[prefix]}`,
      short: short(prefix, shorts[name]),
      better: 'none',
      role: 'theory',
    },
  ]),
  {
    name: `${prefix}chain_loss`,
    title: `Loss of the true chain${kinds[prefix]}`,
    short: short(prefix, 'chain'),
    better: 'none',
    role: 'theory',
  },
];

/** From which of two predictors the network is how far. */
const chart = (name: string, title: string, [near, far]: readonly [string, string]): Chart => ({
  name,
  title,
  phases: true,
  curves: [
    { role: 'in_domain', names: [`${near}_distance`], label: `to ${near.replace(/_/g, ' ')}` },
    { role: 'out_of_domain', names: [`${far}_distance`], label: `to ${far.replace(/_/g, ' ')}` },
  ],
});

export const chainMeasures: Measures = {
  metrics: [...tokenMetrics, ...ofKind(''), ...newTokenMetrics, ...ofKind('new_')],
  charts: [
    {
      name: 'loss',
      title: 'loss',
      curves: [{ role: 'out_of_domain', names: ['new_eval_loss'] }],
      levels: [
        uniformLevel,
        { value: 'unigram_loss', label: 'unigram' },
        { value: 'bigram_loss', label: 'bigram' },
        { value: 'trigram_loss', label: 'trigram' },
        { value: 'mixture_loss', label: 'Bayes' },
      ],
    },
    chart('phases', 'KL from predictors', ['bigram', 'unigram']),
    chart('orders', 'KL from predictors', ['trigram', 'bigram']),
    chart('pool', 'KL on training chains', ['mixture', 'bigram']),
    chart('new_pool', 'KL on new chains', ['new_mixture', 'new_bigram']),
  ],
  predictors: { ...predictors },
  terms: {
    'Bayes over the training chains':
      'Predictor that knows all chains of the training pool (task.pool) and weighs each by how likely it made the prompt so far.',
    'training chains weighed by token counts':
      'The same, but it knows of each chain only how often every token comes, not what follows what.',
    'true chain': 'Predictor that knows the transition matrix of the sequence. Its loss is the entropy of the chain.',
    unigram:
      'Predictor from how often each token came so far; bigram, trigram: from what followed the last token, the last two.',
  },
};
