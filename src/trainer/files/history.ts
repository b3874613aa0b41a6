import { Series } from '../../core/series.ts';
import type { RunConfig } from '../../protocol/config.ts';
import type { EngineRecord, Estimate, RunEvent } from '../../protocol/events.ts';
import type { HistoryColumns, Snapshot } from '../../snapshots/format.ts';
import type { Captured, Experiment } from '../contract.ts';
import type { MaskState } from '../loop/masking.ts';

/** Everything a snapshot holds but the probe. */
export function toSnapshot(
  config: RunConfig,
  captured: Captured,
  { task }: Experiment,
  { revision, scope, values }: MaskState,
  engine: EngineRecord,
  curves: ReadonlyMap<string, Series>,
  events: readonly RunEvent[],
  date: Date,
): Omit<Snapshot, 'probe'> {
  return {
    ...captured,
    config,
    seed: config.seed,
    maskRevision: revision,
    maskScope: scope,
    events,
    engine,
    created: date.toISOString(),
    task: task.fixed,
    mask: values,
    history: Object.fromEntries([...curves].map(([name, curve]) => [name, toColumns(curve)])),
  };
}

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

function toColumns(curve: Series): HistoryColumns {
  const { step, min, max, last } = curve.view().pyramid();
  return { step, min: Float32Array.from(min), max: Float32Array.from(max), last: Float32Array.from(last) };
}
