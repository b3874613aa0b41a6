import { open, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isRunEvent } from '../protocol/event_check.ts';
import type { Numbers, RunEvent } from '../protocol/events.ts';
import { compareFiles, listSnapshots, stepOfFile } from '../snapshots/store.ts';
import { isSuperseded, type RunRecord, readRunRecord } from '../trainer/files/run_folder.ts';

/** A run on disk, as lists show it. */
export interface CataloguedRun {
  /** The run's folder, resolved. */
  readonly folder: string;
  readonly record: RunRecord;
  /** Step of the last event. */
  readonly step: number;
  /** How it ended (`completed`, `stopped`, `budget`, `diverged`, `failed`); undefined while it goes on or when it was killed. */
  readonly ending?: string;
  /** Whether it last waited, as far as the end of the journal tells. */
  readonly paused: boolean;
  /** The last value of each metric that the end of the journal names. */
  readonly metrics: Numbers;
  /** Oldest first, without those that are superseded. */
  readonly snapshots: readonly { readonly file: string; readonly step: number }[];
}

/** Bytes read from the end of a journal. */
const tailLength = 1 << 16;

const known = new Map<string, { readonly changed: number; readonly run: CataloguedRun }>();

/** The runs of a directory, the newest first; folders that hold no readable run are left out. */
export async function listRuns(directory: string): Promise<CataloguedRun[]> {
  const root = resolve(directory);
  const names = await readdir(root).catch(() => []);
  const runs = await Promise.all(names.map((name) => catalogued(join(root, name)).catch(() => undefined)));
  return runs
    .filter((run) => run !== undefined)
    .sort((a, b) => (a.record.started > b.record.started ? -1 : a.record.started < b.record.started ? 1 : 0));
}

async function catalogued(folder: string): Promise<CataloguedRun> {
  const journal = join(folder, 'journal.jsonl');
  const [own, written] = await Promise.all([stat(folder), stat(journal).catch(() => undefined)]);
  const changed = Math.max(own.mtimeMs, written?.mtimeMs ?? 0);
  const before = known.get(folder);
  if (before?.changed === changed) return before.run;
  const record = readRunRecord(folder);
  const events = written ? await lastEvents(journal, written.size) : [];
  const run = { folder, record, ...summaryOf(events), snapshots: await snapshotsOf(folder, record) };
  known.set(folder, { changed, run });
  return run;
}

/** By their names alone, unless the run went on in its own folder: then some may be superseded, as their headers tell. */
async function snapshotsOf(folder: string, { courses = [] }: RunRecord): Promise<CataloguedRun['snapshots']> {
  const files = (await readdir(folder)).flatMap((file) => {
    const step = stepOfFile(file);
    return step === undefined ? [] : [{ file, step }];
  });
  const listed = courses.length > 0 ? await listSnapshots(folder) : [];
  const given = listed.filter((one) => 'header' in one && isSuperseded(courses, one.header)).map(({ file }) => file);
  return files.filter(({ file }) => !given.includes(file)).sort((a, b) => compareFiles(a.file, b.file));
}

/** The events at the end of a journal, without the line that the reading began in and a torn last one. */
async function lastEvents(path: string, size: number): Promise<RunEvent[]> {
  const from = Math.max(0, size - tailLength);
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    const lines = buffer
      .toString('utf8', 0, bytesRead)
      .split('\n')
      .slice(from > 0 ? 1 : 0, -1);
    return lines.flatMap((line) => {
      try {
        const event: unknown = JSON.parse(line);
        return isRunEvent(event) ? [event] : [];
      } catch {
        return [];
      }
    });
  } finally {
    await file.close();
  }
}

function summaryOf(events: readonly RunEvent[]): Pick<CataloguedRun, 'step' | 'metrics' | 'paused' | 'ending'> {
  const metrics: Record<string, number | null> = {};
  let ending: string | undefined;
  let paused = false;
  for (const event of events) {
    if (event.type === 'metrics') Object.assign(metrics, event.values);
    if (event.type === 'evaluated') {
      for (const [name, { mean }] of Object.entries(event.values)) metrics[name] = mean;
    }
    if (event.type === 'run_started') ending = undefined;
    if (event.type === 'paused') paused = true;
    if (event.type === 'resumed' || event.type === 'run_started') paused = false;
    if (event.type === 'run_finished') ending = event.reason;
    if (event.type === 'run_failed') ending = 'failed';
  }
  return { step: events.at(-1)?.step ?? 0, metrics, paused, ...(ending !== undefined && { ending }) };
}
