import { UserError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { MetricCatalogue } from '../../metrics/catalogue.ts';
import { judging } from '../../metrics/headline.ts';

/** @throws UserError unless a value of `prune.metric` is empty or among what the evaluations of a run measure */
export function requireMeasured(metrics: MetricCatalogue, value: unknown, measured: readonly string[]): void {
  const names = judging(metrics, measured);
  if (value === '' || names.includes(value as string)) return;
  throw new UserError({
    where: 'prune.metric',
    what: `${JSON.stringify(value)} is not measured here`,
    expected: `one of ${names.join(', ')}`,
    fix: nearest(String(value), names),
  });
}
