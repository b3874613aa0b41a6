import { MetricCatalogue } from '../../metrics/catalogue.ts';
import type { Measures } from '../../protocol/measures.ts';
import { tasks } from '../../tasks/registry.ts';
import { models } from '../registry.ts';

/** What several definitions say of their numbers as one. */
export function measuresOf(definitions: Iterable<Partial<Measures>>): Measures {
  const all = [...definitions];
  return {
    metrics: all.flatMap(({ metrics = [] }) => metrics),
    charts: all.flatMap(({ charts = [] }) => charts),
    predictors: Object.assign({}, ...all.map(({ predictors }) => predictors)),
    terms: Object.assign({}, ...all.map(({ terms }) => terms)),
  };
}

/** What every task and model known here says: for files that do not say themselves what their run measured. */
export function knownMeasures(): Measures {
  return measuresOf([...tasks.values(), ...models.values()]);
}

/** The catalogue of a run whose task and model are known here. */
export function metricsOf({ task, model }: { task: { name: string }; model: { name: string } }): MetricCatalogue {
  return new MetricCatalogue(measuresOf([tasks.get(task.name) ?? {}, models.get(model.name) ?? {}]));
}
