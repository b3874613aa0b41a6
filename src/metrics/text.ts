import { factorNearOne, significant, thousands } from '../core/format.ts';
import { metricInfo } from './catalog.ts';

/** A metric's value as people read it: factors per step by their distance from 1, whole numbers whole. */
export function metricText(name: string, value: number | null): string {
  if (metricInfo(name)?.unit === 'per step') return factorNearOne(value);
  return Number.isInteger(value) ? thousands(value) : significant(value);
}
