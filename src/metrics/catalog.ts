/** What a screen or a script needs to know to show a metric. */
export interface MetricInfo {
  readonly title: string;
  /** For legends and narrow columns. */
  readonly short: string;
  /** Empty for numbers without a unit. */
  readonly unit: string;
  readonly better: 'lower' | 'higher' | 'none';
  /** Gives the metric its colour. */
  readonly role: 'training' | 'in_domain' | 'out_of_domain' | 'theory' | 'other';
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
  gap_to_best_ridge: metric('Distance from ridge with penalty Nτ', 'to best', 'other', 'lower'),
  seen_error: metric('Squared error on tokens shown with a label', 'seen', 'in_domain', 'lower'),
  unseen_error: metric('Squared error on query tokens', 'unseen', 'in_domain', 'lower'),

  loss_floor: metric('Least possible loss, L*', 'L*', 'theory', 'none'),
  initial_loss: metric('Loss of the zero predictor', 'L at 0', 'theory', 'none'),
  expected_in_domain_inference_loss: metric('Expected in-domain inference loss', 'E in', 'theory', 'lower'),
  expected_out_of_domain_inference_loss: metric('Expected out-of-domain inference loss', 'E out', 'theory', 'lower'),
} satisfies Record<string, MetricInfo>;

/** The entry of `name`; undefined for names the catalogue does not know, as in files of other versions. */
export function metricInfo(name: string): MetricInfo | undefined {
  return Object.hasOwn(metricCatalog, name) ? metricCatalog[name as keyof typeof metricCatalog] : undefined;
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
