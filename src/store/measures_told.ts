import { MetricCatalogue } from '../metrics/catalogue.ts';
import { knownMeasures } from '../models/known/measures.ts';
import type { RunEvent } from '../protocol/events.ts';
import { measuresIn } from '../protocol/measures.ts';

/** By what was said: runs of a sweep all say the same. */
const known = new Map<string, MetricCatalogue>();

/** What events of a run say that it measures, or what all tasks and models known here say, where they do not. */
export function metricsTold(events: readonly RunEvent[]): MetricCatalogue {
  const start = events.findLast((event) => event.type === 'run_started');
  const text = JSON.stringify((start as { readonly measures?: unknown } | undefined)?.measures ?? null);
  const catalogue = known.get(text) ?? new MetricCatalogue((start && measuresIn(start)) ?? knownMeasures());
  known.set(text, catalogue);
  return catalogue;
}
