import type { Measures, Metric } from '../../protocol/measures.ts';

const mechanism = (name: string, title: string, short: string, unit?: string): Metric => ({
  name,
  title,
  short,
  ...(unit && { unit }),
  better: 'none',
  role: 'mechanism',
});

const lower = (role: Metric['role'], name: string, title: string, short: string): Metric => ({
  name,
  title,
  short,
  better: 'lower',
  role,
});

export const patternMeasures: Measures = {
  metrics: [
    { ...lower('in_domain', 'unseen_error', 'Error on unseen tokens or tasks', 'unseen'), headline: true },
    lower('other', 'unseen_new_pairs_error', 'Error on unseen tasks with new pairs of patterns', 'new pairs'),
    lower('other', 'unseen_flips_error', 'Error on unseen tasks that swap the labels of a trained one', 'flips'),
    lower('other', 'trained_error', 'Error on trained tasks', 'trained'),
    lower('out_of_domain', 'out_of_domain_error', 'Error on out-of-domain patterns', 'ood error'),
    lower('other', 'trained_hinge', 'Hinge loss on trained tasks', 'trained hinge'),
    lower('in_domain', 'unseen_hinge', 'Hinge loss on unseen tasks', 'unseen hinge'),
    lower('out_of_domain', 'out_of_domain_hinge', 'Hinge loss on out-of-domain patterns', 'ood hinge'),
    {
      ...lower('other', 'unseen_error_at/#', 'Error on unseen tasks after # contexts', 'unseen #'),
      along: 'examples',
    },
    {
      ...mechanism('attention_on_matching', "Attention on contexts with the query's pattern", 'matching'),
      better: 'higher',
    },
    {
      ...mechanism('attention_on_matching/#', "Attention of # on contexts with the query's pattern", 'matching #'),
      better: 'higher',
    },
    mechanism('query_norm', '‖W_Q p‖ of the query', '‖W_Q p‖'),
    mechanism('key_norm', '‖W_K p‖, mean over contexts', '‖W_K p‖'),
    mechanism('query_projection', 'W_Q p along the relevant pattern', 'W_Q p along μ'),
    mechanism('key_projection', 'W_K p along the relevant pattern', 'W_K p along μ'),
    {
      ...mechanism('small_neurons', 'Neurons with ‖row of W_O‖ < 0.25', 'small neurons', 'neurons'),
      fact: { panel: 'neurons', row: 'neurons', label: 'small (norm < .25)' },
    },
    mechanism('neuron_norm', '‖row of W_O‖, mean of the larger half', '‖W_O row‖'),
    mechanism('feature_norm', 'Feature part of W_O W_V, norm', 'feature norm'),
    mechanism('feature_angle', 'Feature part of W_O W_V, angle to the mean μ', 'angle to μ', 'rad'),
    mechanism('label_norm', 'Label part of W_O W_V, norm', 'label norm'),
    mechanism('label_angle_positive', 'Label part, angle to q where a > 0', 'angle, a > 0', 'rad'),
    mechanism('label_angle_negative', 'Label part, angle to q where a < 0', 'angle, a < 0', 'rad'),
    // Not drawn beside attention, where a row for each would hide it.
    { ...mechanism('label_norm/#', 'Label part of neurons of #, norm', 'labels #'), role: 'other' },
    { ...mechanism('label_alignment/#', 'Label part of neurons of # along q, |cos|', 'along q #'), role: 'other' },
    {
      ...mechanism('label_angle_positive/#', 'Label part of #, angle to q where read out > 0', '# angle +', 'rad'),
      role: 'other',
    },
    {
      ...mechanism('label_angle_negative/#', 'Label part of #, angle to q where read out < 0', '# angle −', 'rad'),
      role: 'other',
    },
    {
      name: 'copy_floor',
      title: 'Error of copying labels, (1 − α′/2)^l',
      short: 'copy',
      better: 'none',
      role: 'theory',
      swept: true,
    },
  ],
  terms: {
    context: 'Context example: an input with its label in the prompt, before the query.',
    p: 'Token of a prompt: an input above its label (for the query 0).',
    'W_Q, W_K, W_V, W_O': 'Matrices of queries, keys, values and of the ReLU layer, as in Li et al. 2024.',
    a: 'What a neuron is read out with, fixed: its sign says which label the neuron votes for.',
    μ: 'Relevant pattern of an input, which decides its label; the mean μ is over all of them.',
    q: 'Direction in which labels are embedded: +q or −q.',
    'feature part, label part':
      'The entries of a neuron’s row of W_O W_V that meet inputs, and those that meet labels.',
    'α′': 'Share of context examples of a held-out prompt that have one of the two patterns of its task (task.alpha_test).',
    l: 'Number of context examples of a held-out prompt (task.context_test).',
    'unseen task':
      'Pair of trained patterns, with labels, that no training prompt had; out of domain: patterns that none had.',
  },
  charts: [
    {
      name: 'loss',
      title: 'loss',
      curves: [{ role: 'out_of_domain', names: ['out_of_domain_error'] }],
      levels: [{ value: 'copy_floor', label: 'copy floor' }],
    },
  ],
};
