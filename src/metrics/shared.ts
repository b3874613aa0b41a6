import { baselines } from '../baselines/registry.ts';
import type { Chart, Measures, Metric } from '../protocol/measures.ts';

/** The loss that is trained, and the same on held-out prompts. */
export const [trainLoss, evalLoss] = ['train_loss', 'eval_loss'] as const;

/** Curves of L − L*: of every update where there is one, else of evaluations. */
export const gapNames = ['train_gap', 'gap'] as const;

/** Least possible loss, L*, where it is known. */
const lossFloor = 'loss_floor';

/** The rate at which a gap falls, which readers of its curve fit. */
export const fittedRateName = 'rate_fitted';

/** Of factors that a step multiplies with. */
export const rateUnit = 'per step';

const metrics: readonly Metric[] = [
  { name: trainLoss, title: 'Training loss', short: 'train', better: 'lower', role: 'training', limit: lossFloor },
  { name: evalLoss, title: 'Loss on held-out prompts', short: 'eval', better: 'lower', role: 'in_domain' },
  { name: 'learning_rate', title: 'Learning rate', short: 'lr', better: 'none', role: 'other' },
  { name: 'gradient_norm', title: 'Gradient norm', short: 'grad', better: 'none', role: 'other' },
  { name: 'steps_per_second', title: 'Speed', short: 'speed', unit: 'steps/s', better: 'higher', role: 'other' },
  {
    name: gapNames[0],
    title: 'Training loss above the floor, L − L*',
    short: 'train gap',
    better: 'lower',
    role: 'training',
  },
  { name: gapNames[1], title: 'Loss above the floor, L − L*', short: 'gap', better: 'lower', role: 'training' },
  {
    name: lossFloor,
    title: 'Least possible loss, L*',
    short: 'L*',
    better: 'none',
    role: 'theory',
    summary: true,
    swept: true,
    fact: { row: 'theory', label: 'floor L*' },
  },
  { name: 'initial_loss', title: 'Loss of the zero predictor', short: 'L at 0', better: 'none', role: 'theory' },
  {
    name: fittedRateName,
    title: 'Factor on L − L* per step, fitted to the last half',
    short: 'rate',
    unit: rateUnit,
    better: 'none',
    role: 'theory',
    summary: true,
    fact: { row: 'rate', label: 'fitted' },
  },
];

/** Of every head of a task of sequences, on the prompts of the probe. */
const ofHeads: readonly Metric[] = [
  {
    name: 'head_previous/#',
    title: 'Attention of # on the token before',
    short: 'previous #',
    better: 'none',
    role: 'other',
  },
  {
    name: 'head_match/#',
    title: 'Attention of # on tokens that match, as an induction head has',
    short: 'match #',
    better: 'none',
    role: 'other',
  },
  {
    name: 'head_match_chance',
    title: 'Attention on tokens that match where it is even',
    short: 'even',
    better: 'none',
    role: 'theory',
  },
];

/** Scores of the selected head, which # stands for; after the charts of task and model. */
export const headChart: Chart = {
  name: 'heads',
  title: 'attention of #',
  curves: [
    { role: 'in_domain', names: ['head_match/#'], label: 'on matches' },
    { role: 'out_of_domain', names: ['head_previous/#'], label: 'on the token before' },
  ],
  levels: [{ value: 'head_match_chance', label: 'matches, even' }],
};

const charts: readonly Chart[] = [
  {
    name: 'loss',
    title: 'loss',
    curves: [{ role: 'training', names: [trainLoss] }],
    levels: [{ value: lossFloor, label: 'floor L*' }],
  },
  {
    name: 'gap',
    title: 'gap L − L*',
    curves: [{ role: 'training', names: gapNames }],
    levels: [{ label: 'fitted' }],
  },
];

const predictors = Object.fromEntries([...baselines.values()].map(({ name, title }) => [name, title]));

const terms = {
  L: 'Loss that is trained.',
  'L*': 'Least loss that any predictor of the prompt can have, where it is known: the noise that nothing predicts.',
  KL: 'Kullback–Leibler divergence, in nats: how far the network’s probabilities are from those of a predictor.',
};

/** What is measured whatever the task and model, so that it has one name. */
export const shared: Required<Measures> = { metrics: [...metrics, ...ofHeads], charts, predictors, terms };
