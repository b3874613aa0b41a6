import { resolve } from 'node:path';
import type { RunEvent } from '../protocol/events.ts';
import { decodePictures, type HistoryColumns } from '../snapshots/format.ts';
import { peekSnapshot } from '../snapshots/store.ts';
import { readRunRecord } from './run_folder.ts';

/**
 * What the runs before this one measured up to the step at which it went on, as the snapshot that it began from tells:
 * events for the reducer, before those of its own journal. None where it began by itself, or that file cannot be read any
 * more: the run needs it for nothing else.
 */
export async function eventsBefore(folder: string): Promise<RunEvent[]> {
  try {
    const { parent } = readRunRecord(folder);
    if (!parent) return [];
    const path = resolve(folder, parent.file);
    const { header, tensors } = await peekSnapshot(path, (name) => name.startsWith('history/'));
    return asEvents(decodePictures(tensors, path).history, header.created);
  } catch {
    return [];
  }
}

type Row = Record<'values' | 'min' | 'max', Record<string, number | null>>;

/** A line of metrics for every step at which a curve has a value. */
function asEvents(history: Readonly<Record<string, HistoryColumns>>, time: string): RunEvent[] {
  const rows = new Map<number, Row>();
  for (const [metric, { step, min, max, last }] of Object.entries(history)) {
    step.forEach((at, i) => {
      const row = rows.get(at) ?? { values: {}, min: {}, max: {} };
      rows.set(at, row);
      row.values[metric] = known(last[i]);
      row.min[metric] = known(min[i]);
      row.max[metric] = known(max[i]);
    });
  }
  return [...rows]
    .sort(([a], [b]) => a - b)
    .map(([step, row]): RunEvent => ({ v: 1, seq: 0, time, type: 'metrics', step, ...row }));
}

/** A gap in a curve is no number. */
function known(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
