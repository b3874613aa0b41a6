/** What a screen or a script needs to know to show a metric. */
export interface MetricInfo {
  readonly title: string;
  /** For legends and narrow columns. */
  readonly short: string;
  /** Empty for numbers without a unit. */
  readonly unit: string;
  readonly better: 'lower' | 'higher' | 'none';
  /** Gives the metric its colour; `mechanism` is how the model does it rather than how well. */
  readonly role: 'training' | 'in_domain' | 'out_of_domain' | 'theory' | 'mechanism' | 'other';
}

/** Every metric and theory value by the name it has in journals, snapshots and JSON. */
export const metricCatalog = {
  train_loss: metric('Training loss', 'train', 'training', 'lower'),
  eval_loss: metric('Loss on held-out prompts', 'eval', 'in_domain', 'lower'),
  learning_rate: metric('Learning rate', 'lr', 'other', 'none'),
  gradient_norm: metric('Norm of the gradient', 'grad', 'other', 'none'),
  steps_per_second: metric('Speed', 'speed', 'other', 'higher', 'steps/s'),

  gap: metric('Loss above the floor, L − L*', 'gap', 'training', 'lower'),
  in_domain_inference_loss: metric('In-domain distance from the ridge limit', 'in-domain', 'in_domain', 'lower'),
  out_of_domain_inference_loss: metric(
    'Out-of-domain distance from the ridge limit',
    'out-of-domain',
    'out_of_domain',
    'lower',
  ),
  ridge_limit_loss: metric('Loss of the ridge limit on the held-out prompts', 'ridge', 'theory', 'none'),
  gap_to_best_ridge: metric('Distance from ridge with penalty Nτ', 'to best', 'in_domain', 'lower'),
  seen_error: metric('Squared error on tokens shown with a label', 'seen', 'in_domain', 'lower'),
  unseen_error: metric('Error on unseen tokens or tasks', 'unseen', 'in_domain', 'lower'),

  error_last: metric('Error at the last point of a prompt', 'last point', 'in_domain', 'lower'),
  curriculum_dim: metric('Numbers of an input in use', 'dim', 'other', 'none'),
  curriculum_points: metric('Examples of a prompt that count', 'points', 'other', 'none'),

  trained_error: metric('Error on trained tasks', 'trained', 'other', 'lower'),
  out_of_domain_error: metric('Error on out-of-domain patterns', 'ood error', 'out_of_domain', 'lower'),
  trained_hinge: metric('Hinge loss on trained tasks', 'trained hinge', 'other', 'lower'),
  unseen_hinge: metric('Hinge loss on unseen tasks', 'unseen hinge', 'in_domain', 'lower'),
  out_of_domain_hinge: metric('Hinge loss on out-of-domain patterns', 'ood hinge', 'out_of_domain', 'lower'),
  attention_on_matching: metric("Attention on contexts with the query's pattern", 'matching', 'mechanism', 'higher'),
  query_norm: metric('‖W_Q p‖ of the query', '‖W_Q p‖', 'mechanism', 'none'),
  key_norm: metric('‖W_K p‖, mean over contexts', '‖W_K p‖', 'mechanism', 'none'),
  query_projection: metric('W_Q p along the relevant pattern', 'W_Q p ∥', 'mechanism', 'none'),
  key_projection: metric('W_K p along the relevant pattern', 'W_K p ∥', 'mechanism', 'none'),
  small_neurons: metric('Neurons with ‖row of W_O‖ < 0.25', 'small', 'mechanism', 'none', 'neurons'),
  neuron_norm: metric('‖row of W_O‖, mean of the larger half', '‖W_O row‖', 'mechanism', 'none'),
  feature_norm: metric('Feature part of W_O W_V, norm', 'features', 'mechanism', 'none'),
  feature_angle: metric('Feature part of W_O W_V, angle to the mean μ', 'angle to μ', 'mechanism', 'none', 'rad'),
  label_norm: metric('Label part of W_O W_V, norm', 'labels', 'mechanism', 'none'),
  label_angle_positive: metric('Label part, angle to q where a > 0', 'angle, a > 0', 'mechanism', 'none', 'rad'),
  label_angle_negative: metric('Label part, angle to q where a < 0', 'angle, a < 0', 'mechanism', 'none', 'rad'),

  copy_floor: metric('Error of copying labels, (1 − α′/2)^l', 'copy', 'theory', 'none'),
  loss_floor: metric('Least possible loss, L*', 'L*', 'theory', 'none'),
  initial_loss: metric('Loss of the zero predictor', 'L at 0', 'theory', 'none'),
  best_ridge_loss: metric('Loss of ridge with penalty Nτ', 'L of Nτ', 'theory', 'none'),
  ridge_gap: metric('Expected distance, ridge mτ to ridge Nτ', 'mτ to Nτ', 'theory', 'none'),
  zeta0: metric('ζ0, least eigenvalue at the start', 'ζ0', 'theory', 'none'),
  weakest_token: metric('Token of that least eigenvalue', 'weakest', 'theory', 'none'),
  rank_deficient_tokens: metric('Tokens that fail Assumption 2', 'rank fails', 'theory', 'none', 'tokens'),
  frozen_loss_floor: metric('Least loss with Q frozen at its start', 'frozen', 'theory', 'none'),
  f_bar_max: metric('f̄_max, longest column of Z̄', 'f̄_max', 'theory', 'none'),
  gamma: metric('γ of Theorem 1', 'γ', 'theory', 'none'),
  eta_q: metric('η_Q, largest step of Q in Theorem 1', 'η_Q', 'theory', 'none'),
  eta_w: metric('η_w, step of w in Theorem 1', 'η_w', 'theory', 'none'),
  rate_bound: metric('Factor on L − L* a step, bound of Theorem 1', 'bound', 'theory', 'none', 'per step'),
  rate_fitted: metric('Factor on L − L* a step, last half fitted', 'rate', 'theory', 'none', 'per step'),
  expected_in_domain_inference_loss: metric('Expected in-domain inference loss', 'E in', 'theory', 'lower'),
  expected_out_of_domain_inference_loss: metric('Expected out-of-domain inference loss', 'E out', 'theory', 'lower'),
} satisfies Record<string, MetricInfo>;

/** Metrics that there is one of for every index, `<name>/<index>`; # in their titles stands for the index. */
export const metricFamilies = {
  error_at: metric('Error after # examples', 'error #', 'other', 'lower'),
  unseen_error_at: metric('Error on unseen tasks after # contexts', 'unseen #', 'other', 'lower'),
  attention_on_matching: metric(
    "Attention of # on contexts with the query's pattern",
    'matching #',
    'mechanism',
    'higher',
  ),
} satisfies Record<string, MetricInfo>;

/** Predictors that need no training, by the name in `baseline/<predictor>/<metric>`. */
const baselineTitles: Readonly<Record<string, string>> = {
  zero: 'zero',
  best_ridge: 'ridge with penalty Nτ',
  averaging: 'averaging',
  least_squares: 'least squares',
  gradient_descent: 'gradient descent',
  squares: 'least squares on squares',
  tree: 'greedy tree of the same depth',
  full_tree: 'greedy tree of any depth',
  network: 'network trained on the prompt',
  logistic: 'logistic regression',
  linear_svm: 'linear SVM',
  rbf_svm: 'RBF SVM',
  nearest_1: 'nearest neighbour',
  nearest_3: '3 nearest neighbours',
};

/**
 * The entry of `name`, which may be one of a family, `<family>/<index>`, or that of a predictor without training,
 * `baseline/<predictor>/<metric>`; undefined for names the catalogue does not know, as in files of other versions.
 */
export function metricInfo(name: string): MetricInfo | undefined {
  const [, predictor, measured] = /^baseline\/(\w+)\/(.+)$/.exec(name) ?? [];
  if (measured === undefined) return own(metricCatalog, name) ?? memberInfo(name);
  const info = metricInfo(measured);
  const title = own(baselineTitles, predictor!) ?? predictor;
  return info && { ...info, title: `${info.title}: ${title}`, role: 'other' };
}

function memberInfo(name: string): MetricInfo | undefined {
  const [, family, index] = /^(\w+)\/(\w+)$/.exec(name) ?? [];
  const info = family === undefined ? undefined : own(metricFamilies, family);
  const named = (text: string) => text.replace('#', index!);
  return info && { ...info, title: named(info.title), short: named(info.short) };
}

/** The value of a key that is the object's own, unlike `constructor`. */
function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function metric(
  title: string,
  short: string,
  role: MetricInfo['role'],
  better: MetricInfo['better'],
  unit = '',
): MetricInfo {
  return { title, short, unit, better, role };
}
