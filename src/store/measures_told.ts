import { MetricCatalogue } from '../metrics/catalogue.ts';
import { knownMeasures } from '../models/known/measures.ts';
import type { RunEvent } from '../protocol/events.ts';
import { measuresIn } from '../protocol/measures.ts';

/** What events of a run say that it measures, or what all tasks and models known here say, where they do not. */
export function metricsTold(events: readonly RunEvent[]): MetricCatalogue {
  const start = events.findLast((event) => event.type === 'run_started');
  return new MetricCatalogue((start && measuresIn(start)) ?? knownMeasures());
}
