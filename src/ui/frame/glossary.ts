import type { RunState } from '../../runs/state.ts';

/** A word and what it stands for. */
export interface Entry {
  readonly word: string;
  readonly meaning: string;
}

/** Words on the screen that a reader of the papers need not know, and what the run's curves are called in short; the help explains them. */
export function glossaryOf({ metrics, curves }: RunState): readonly Entry[] {
  const measured = [...metrics.all].filter(({ name, short, title }) => curves.has(name) && short !== title);
  const terms = [...metrics.terms].map(([word, meaning]) => ({ word, meaning }));
  const explained = new Set(terms.flatMap(({ word }) => word.split(', ')));
  return [
    ...screenWords,
    ...words,
    // What a term says of a metric is more than its title.
    ...measured.flatMap(({ short, title }) => (explained.has(short) ? [] : [{ word: short, meaning: `${title}.` }])),
    ...terms,
  ];
}

/** Words that commands, files and pages use as well. */
export const words: readonly Entry[] = [
  { word: 'run', meaning: 'One training, and its folder. Live: still trained, paused or not.' },
  { word: 'preset', meaning: 'A configuration that comes with the program, by its name.' },
  { word: 'journal', meaning: 'The event log of a run: metrics, and whatever was done to it, with the step.' },
  {
    word: 'snapshot',
    meaning: 'A checkpoint: one file with parameters, optimizer state and curves, from which a run goes on.',
  },
  { word: 'fork', meaning: 'A new run from a snapshot of another one, which goes on by itself.' },
  { word: 'pace', meaning: 'Limit on the steps a second, to watch; no limit: as fast as it trains.' },
  { word: 'sweep', meaning: 'A run for every combination of some settings and seeds; a cell is one of these runs.' },
  {
    word: 'recipe',
    meaning: 'A figure of a paper as a file: its runs, how it is drawn, and its claims with the rules that judge them.',
  },
  {
    word: 'control',
    meaning: 'Negative control of a claim: a change under which its rule must fail, or the claim means nothing.',
  },
  {
    word: 'context example',
    meaning:
      'Input with its label in a prompt, a context for short. The query is the input whose label the model predicts.',
  },
  { word: 'held-out', meaning: 'Drawn apart from the training prompts, and the same at every evaluation.' },
  { word: 'probe prompts', meaning: 'The few fixed held-out prompts whose attention and activations are drawn.' },
  { word: 'pool', meaning: 'The finite set of training tasks, drawn once (task.pool); new tasks are not in it.' },
  { word: 'baseline', meaning: 'Predictor that is not trained, such as ridge regression or the zero predictor.' },
  { word: 'part', meaning: 'A head or a neuron, as L0H3 (layer 0, head 3) and L1N17; all count from 0.' },
  { word: 'prune', meaning: 'Mask a part until it is restored: its output is 0.' },
  {
    word: 'ablation',
    meaning: 'What a metric loses without a part, measured on held-out prompts; nothing stays pruned.',
  },
  {
    word: 'intervention',
    meaning:
      'What is done to a head in place of pruning: another output, attention pattern, temperature or weights, or weights that are held.',
  },
  {
    word: 'probe, clamp',
    meaning: 'Scopes of pruning and interventions. Probe: evaluation and pictures only. Clamp: training too.',
  },
  { word: 'intact', meaning: 'With nothing pruned and nothing intervened on.' },
  {
    word: 'phase',
    meaning:
      'Stretch of training in which the model is nearest to the same predictor, or on one side of half an accuracy.',
  },
];

const screenWords: readonly Entry[] = [
  {
    word: 'entropy',
    meaning:
      'How spread attention is, in nats: 0 when all is on one entry, ln n when it is even over n. Beside a head: the mean over its queries.',
  },
  { word: 'expected', meaning: 'What theory says that a number comes to on average.' },
  {
    word: 'curve',
    meaning:
      'Where a column of the chart stands for several points, it is drawn from the lowest of them to the highest: no spike is lost.',
  },
  {
    word: 'smoothed',
    meaning:
      'Of the training curve the running mean with that weight of the past; the raw curve stands faintly behind it.',
  },
  { word: '±', meaning: 'Standard error of a mean over held-out prompts.' },
  {
    word: 'without, change, ratio, with',
    meaning:
      'Of a part on the pruning board: the metric without it, the difference that makes, that as a share of the metric with it, and the metric with it; all at the step that stands beside.',
  },
  {
    word: 'significance, 3σ',
    meaning:
      'A change in its own standard errors, of the differences prompt by prompt: these are smaller than those of either value. Within noise: fewer than two. Exact: computed, not sampled.',
  },
  {
    word: '× even',
    meaning:
      'Attention as a multiple of what each key would get if it were even over the keys. From 48 keys on patterns are coloured so, up to eight times; % shows weights.',
  },
  {
    word: 'largest of 4 × 1',
    meaning: 'So many queries × keys of an attention pattern share a cell of the screen: the largest weight shows.',
  },
  { word: 'solo', meaning: 'One head or neuron alone: all others of its kind in its layer are pruned.' },
  { word: 'old mask', meaning: 'Measured while something else was pruned; it is measured anew.' },
];
