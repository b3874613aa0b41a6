import { factorNearOne, significant, thousands } from '../core/format.ts';
import type { MetricCatalogue } from './catalogue.ts';
import { rateUnit } from './shared.ts';

/** A metric's value as people read it: factors per step by their distance from 1, whole numbers whole. */
export function metricText(metrics: MetricCatalogue, name: string, value: number | null): string {
  if (metrics.info(name)?.unit === rateUnit) return factorNearOne(value);
  return Number.isInteger(value) ? thousands(value) : significant(value);
}
