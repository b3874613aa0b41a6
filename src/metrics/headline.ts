/** What a run is judged by, the most telling first: the error on prompts like those of training, held out. */
const headlines: readonly string[] = [
  'in_domain_inference_loss',
  'unseen_error',
  'error_last',
  'eval_loss',
  'gap',
  'train_loss',
];

/** Whether a run may be judged by a metric; lower is better for all such. */
export function isHeadline(name: string): boolean {
  return headlines.includes(name);
}

/** Of the metrics that a run has, the one it is judged by. */
export function headlineMetric(has: (name: string) => boolean): string | undefined {
  return headlines.find(has);
}
