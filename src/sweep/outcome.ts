import type { Series } from '../core/series.ts';
import type { MetricCatalogue } from '../metrics/catalogue.ts';
import type { RunConfig } from '../protocol/config.ts';
import { decodePictures, isPictured } from '../snapshots/format.ts';
import { peekSnapshot } from '../snapshots/store.ts';
import { historyToCurves } from '../store/curves.ts';
import { metricsTold } from '../store/measures_told.ts';

/** What a cell has measured of one metric. */
export interface Measured {
  readonly metric: string;
  readonly last: number | null;
  /** Null where no value is better than another. */
  readonly best: number | null;
  readonly bestStep: number | null;
  /** Of `last`, over prompts; null where it is not known. */
  readonly stderr: number | null;
  /** Prompts that it is a mean over; null where it is none. */
  readonly n: number | null;
}

/** What the last snapshot of a cell tells of its training. */
export interface Outcome {
  readonly config: RunConfig;
  readonly step: number;
  readonly metrics: MetricCatalogue;
  readonly curves: ReadonlyMap<string, Series>;
  readonly measured: readonly Measured[];
}

/** @param path of the last snapshot of a run; @throws UserError when it cannot be read */
export async function outcomeOf(path: string): Promise<Outcome> {
  const wants = (name: string): boolean => isPictured(name) && name.startsWith('history/');
  const { header, tensors } = await peekSnapshot(path, wants);
  const curves = historyToCurves(decodePictures(tensors, path).history);
  const metrics = metricsTold(header.events);
  const evaluated = header.events.findLast((event) => event.type === 'evaluated');
  const estimates =
    evaluated?.type === 'evaluated' && evaluated.step === header.step ? (evaluated.intact ?? evaluated.values) : {};
  const measured = [...curves].map(([metric, curve]): Measured => {
    const view = curve.view();
    const better = metrics.info(metric)?.better ?? 'none';
    const best = better === 'none' ? undefined : view.best(better);
    const estimate = estimates[metric];
    return {
      metric,
      last: estimate ? estimate.mean : finite(view.at(-1)?.value),
      best: best?.value ?? null,
      bestStep: best?.step ?? null,
      stderr: estimate?.stderr ?? null,
      n: estimate && estimate.n > 0 ? estimate.n : null,
    };
  });
  return { config: header.config, step: header.step, metrics, curves, measured };
}

const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;
