import { csvOf } from '../core/csv.ts';
import type { HistoryColumns } from './format.ts';
import type { SnapshotHeader } from './metadata.ts';
import type { StoredTensor } from './safetensors.ts';

/** Curves as CSV, one row a column of a curve: `metric,step,min,max,last`; what is not a number is left empty. */
export function curvesAsCsv(history: Readonly<Record<string, HistoryColumns>>): string {
  const rows = Object.entries(history).flatMap(([metric, { step, min, max, last }]) =>
    Array.from(step, (at, i) => [metric, at, min[i], max[i], last[i]]),
  );
  return `${csvOf([['metric', 'step', 'min', 'max', 'last'], ...rows])}\n`;
}

/** A snapshot as one JSON object: header and every tensor as `{shape, data}`, row-major; null is not a number. */
export function snapshotAsJson(header: SnapshotHeader, tensors: ReadonlyMap<string, StoredTensor>): string {
  const { config, step, seed, rng, maskRevision: mask_revision, events, engine, created } = header;
  const facts = { v: 1, step, seed, created, engine, mask_revision, rng, config, events };
  const entries = [...tensors].map(([name, { shape, data }]) => [name, { shape, data: Array.from(data, Number) }]);
  return `${JSON.stringify({ ...facts, tensors: Object.fromEntries(entries) })}\n`;
}
