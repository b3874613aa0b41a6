import type { Series } from '../core/series.ts';
import type { MetricCatalogue } from '../metrics/catalogue.ts';
import type { RunConfig } from '../protocol/config.ts';
import { decodePictures, type HistoryColumns, isPictured } from '../snapshots/format.ts';
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
  /** As the snapshot keeps them, by metric. */
  readonly history: Readonly<Record<string, HistoryColumns>>;
  /** The same as curves, made when they are asked for: of many runs that takes a while. */
  readonly curves: ReadonlyMap<string, Series>;
  readonly measured: readonly Measured[];
}

/** @param path of the last snapshot of a run; @throws UserError when it cannot be read */
export async function outcomeOf(path: string): Promise<Outcome> {
  const wants = (name: string): boolean => isPictured(name) && name.startsWith('history/');
  const { header, tensors } = await peekSnapshot(path, wants);
  const { history } = decodePictures(tensors, path);
  const metrics = metricsTold(header.events);
  const evaluated = header.events.findLast((event) => event.type === 'evaluated');
  const estimates =
    evaluated?.type === 'evaluated' && evaluated.step === header.step ? (evaluated.intact ?? evaluated.values) : {};
  const measured = Object.entries(history).map(([metric, columns]): Measured => {
    const better = metrics.info(metric)?.better ?? 'none';
    const estimate = estimates[metric];
    const kept = better === 'none' ? undefined : bestOf(columns, better);
    // Curves are kept in single precision, in which the value at the end may be a little worse than it is. A long curve is
    // kept in stretches: the best of the last one need not be the value at its end.
    const mean = estimate?.mean ?? null;
    const isLast = mean !== null && kept?.step === header.step && kept.value === Math.fround(mean);
    const best = isLast ? { value: mean, step: header.step } : kept;
    return {
      metric,
      last: estimate ? estimate.mean : finite(columns.last.at(-1)),
      best: best?.value ?? null,
      bestStep: best?.step ?? null,
      stderr: estimate?.stderr ?? null,
      n: estimate && estimate.n > 0 ? estimate.n : null,
    };
  });
  let curves: ReadonlyMap<string, Series> | undefined;
  return {
    config: header.config,
    step: header.step,
    metrics,
    history,
    get curves() {
      curves ??= historyToCurves(history);
      return curves;
    },
    measured,
  };
}

/** The best value and the first step that has it. */
function bestOf(
  { step, min, max }: HistoryColumns,
  better: 'lower' | 'higher',
): { value: number; step: number } | undefined {
  const sign = better === 'lower' ? 1 : -1;
  let best = -1;
  const values = better === 'lower' ? min : max;
  values.forEach((value, i) => {
    if (Number.isFinite(value) && (best < 0 || sign * value < sign * values[best]!)) best = i;
  });
  return best < 0 ? undefined : { value: values[best]!, step: step[best]! };
}

const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;
