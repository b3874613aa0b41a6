import type { MetricCatalogue } from './catalogue.ts';
import { samplesOf } from './estimate.ts';
import { isOfModel } from './names.ts';
import { evalLoss } from './shared.ts';

/** Of the metrics that a run has, the one it is judged by: the error on prompts like those of training, held out. */
export function headlineMetric({ headlines }: MetricCatalogue, has: (name: string) => boolean): string | undefined {
  return headlines.find(has);
}

/**
 * The metric by which the parts of a model are judged: the one asked for, else the one by which the run is, but the loss on
 * held-out prompts where that is right or wrong prompt by prompt: such an error stays 0 whatever a learnt model gives up.
 * @param measured what an evaluation has found, as `estimate` made it
 */
export function worthMetric(
  metrics: MetricCatalogue,
  measured: Readonly<Record<string, object>>,
  asked: string,
): string | undefined {
  const has = (name: string): boolean => Object.hasOwn(measured, name);
  if (has(asked)) return asked;
  const headline = headlineMetric(metrics, has);
  const each = headline === undefined ? undefined : samplesOf(measured[headline]!)?.values;
  const isCount = each !== undefined && Array.from(each).every((one) => one === 0 || one === 1);
  return isCount && has(evalLoss) ? evalLoss : headline;
}

/** Those of the metrics that parts can be judged by: lower is better, and the model itself is what is measured. */
export function judging(metrics: MetricCatalogue, measured: readonly string[]): string[] {
  return measured.filter((name) => metrics.info(name)?.better === 'lower' && isOfModel(name));
}
