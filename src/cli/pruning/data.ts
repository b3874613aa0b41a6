import { csvOf } from '../../core/csv.ts';
import { estimateAsJson } from '../../metrics/estimate.ts';
import type { Estimate } from '../../protocol/events.ts';
import { formatIntervention, isRemoval } from '../../protocol/interventions.ts';
import { formatMaskEdit } from '../../protocol/mask_edits.ts';
import type { PruningPoint } from '../../trainer/pruning/curve.ts';
import type { PruningReport } from './report.ts';

/** For one JSON object; `points` are those of `order`, and `curves` holds every order where several were compared. */
export function asJson(report: PruningReport): object {
  const { file, step, intervention, kind, score, scores, shown, baseline, curves, compact } = report;
  const [first] = curves;
  return {
    v: 1,
    file,
    step,
    order: first!.order,
    score,
    parts: kind,
    ...(!isRemoval(intervention) && { intervention: formatIntervention(intervention) }),
    metric: shown,
    baseline: { metrics: numbers(baseline) },
    points: first!.points.map(plain),
    ...(curves.length > 1 && { curves: curves.map(({ order, points }) => ({ order, points: points.map(plain) })) }),
    ...(scores && { scores: { shape: scores.values.shape, data: [...scores.values.data] } }),
    ...(compact && { compact }),
  };
}

/** A line for every order, fraction and metric. */
export function asCsv({ kind, score, curves }: PruningReport): string {
  const rows = curves.flatMap(({ order, points }) =>
    points.flatMap(({ fraction, removed, metrics }) =>
      Object.entries(metrics).map(([name, { mean, stderr, n }]) => [
        kind,
        score,
        order,
        fraction,
        removed,
        name,
        mean,
        stderr,
        n,
      ]),
    ),
  );
  return csvOf([['parts', 'score', 'order', 'fraction', 'removed', 'metric', 'mean', 'stderr', 'n'], ...rows]);
}

const plain = ({ fraction, removed, metrics, edits }: PruningPoint) => ({
  fraction,
  removed,
  metrics: numbers(metrics),
  mask: edits.map(formatMaskEdit),
});

/** Numbers that are not finite are null, with the reason. */
function numbers(metrics: Readonly<Record<string, Estimate>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, estimateAsJson(value)]));
}
