import { Series } from '../core/series.ts';
import type { Estimate } from '../protocol/events.ts';
import type { HistoryColumns, Snapshot } from '../snapshots/format.ts';

/** The curves of a snapshot, to be continued. */
export function historyToCurves(history: Readonly<Record<string, HistoryColumns>>): Map<string, Series> {
  return new Map(
    Object.entries(history).map(([name, { step, min, max, last }]) => {
      const series = new Series();
      step.forEach((at, i) => {
        series.push(at, last[i]!, min[i], max[i]);
      });
      return [name, series];
    }),
  );
}

/**
 * The curves of a snapshot as a run that goes on from it has them: without the evaluation that was made only because the run
 * ended there, as one that was never left has none there.
 * @param every steps between evaluations
 */
export function curvesToGoOnFrom({ history, step, events }: Snapshot, every: number): Map<string, Series> {
  const curves = historyToCurves(history);
  if (step % every === 0) return curves;
  const last = events.findLast((event) => event.type === 'evaluated');
  if (last?.type !== 'evaluated' || last.step !== step) return curves;
  for (const name of Object.keys(last.values)) {
    const curve = curves.get(name);
    if (curve?.lastStep === step) curves.set(name, curve.until(step - 1));
  }
  return curves;
}

/**
 * The curves with what was measured of a changed model at a step: what was not measured of it has a gap there, so that
 * values of the model before do not pass for its own.
 */
export function withMeasured(
  history: Readonly<Record<string, HistoryColumns>>,
  step: number,
  values: Readonly<Record<string, Estimate>>,
): Record<string, HistoryColumns> {
  const curves = historyToCurves(history);
  for (const name of Object.keys(values)) if (!curves.has(name)) curves.set(name, new Series());
  for (const [name, curve] of curves) curve.push(Math.max(step, curve.lastStep), values[name]?.mean ?? null);
  return Object.fromEntries([...curves].map(([name, curve]) => [name, toColumns(curve)]));
}

/** Curves without what came after a step. */
export function curvesUntil(curves: ReadonlyMap<string, Series>, end: number): Map<string, Series> {
  const columns = [...curves].map(([name, curve]): [string, HistoryColumns] => {
    const { step, min, max, last } = toColumns(curve);
    const count = step.filter((at) => at <= end).length;
    const kept = { min: min.slice(0, count), max: max.slice(0, count), last: last.slice(0, count) };
    return [name, { step: step.slice(0, count), ...kept }];
  });
  return historyToCurves(Object.fromEntries(columns));
}

/** A curve as snapshots keep it, with one value a step: the last, as what was measured again, e.g. after pruning, counts. */
export function toColumns(curve: Series): HistoryColumns {
  const { step, min, max, last } = curve.lastOfSteps().view().pyramid();
  return { step, min: Float32Array.from(min), max: Float32Array.from(max), last: Float32Array.from(last) };
}
