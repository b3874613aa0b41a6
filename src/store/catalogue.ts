import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FileRefused, openPlain } from '../core/plain_files.ts';
import type { MetricCatalogue } from '../metrics/catalogue.ts';
import type { Numbers, RunEvent } from '../protocol/events.ts';
import { compareFiles, listSnapshots, stepOfFile } from '../snapshots/store.ts';
import { eventsIn } from './journal_line.ts';
import { metricsTold } from './measures_told.ts';
import { isSuperseded, journalPath, type RunRecord, readRunRecord } from './run_folder.ts';

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
  /** What is known of their names. */
  readonly described: MetricCatalogue;
  /** Oldest first, without those that are superseded. */
  readonly snapshots: readonly { readonly file: string; readonly step: number }[];
}

/** Bytes read from each end of a journal. */
const partLength = 1 << 16;

const known = new Map<string, { readonly changed: number; readonly run: CataloguedRun }>();

/**
 * The runs of a directory, the newest first; folders that hold no readable run are left out.
 * @param onRefused told of each that is left out because it, or a file of it, is not to be opened
 */
export async function listRuns(
  directory: string,
  onRefused: (problem: string) => void = () => undefined,
): Promise<CataloguedRun[]> {
  const root = resolve(directory);
  const names = await readdir(root).catch(() => []);
  const leftOut = (error: unknown): undefined => {
    if (error instanceof FileRefused && !['ENOENT', 'ENOTDIR'].includes(error.code)) onRefused(error.message);
    return undefined;
  };
  const runs = await Promise.all(names.map((name) => catalogued(join(root, name)).catch(leftOut)));
  return runs
    .filter((run) => run !== undefined)
    .sort((a, b) => (a.record.started > b.record.started ? -1 : a.record.started < b.record.started ? 1 : 0));
}

/** One run, from the ends of its journal. @throws UserError when the folder holds no readable run */
export async function catalogued(folder: string): Promise<CataloguedRun> {
  const journal = journalPath(folder);
  const [own, written] = await Promise.all([stat(folder), stat(journal).catch(() => undefined)]);
  const changed = Math.max(own.mtimeMs, written?.mtimeMs ?? 0);
  const before = known.get(folder);
  if (before?.changed === changed) return before.run;
  const record = readRunRecord(folder);
  const [first, events] = written ? await endsOf(journal, written.size) : [[], []];
  const snapshots = await snapshotsOf(folder, record);
  const run = { folder, record, ...summaryOf(events), described: metricsTold([...first, ...events]), snapshots };
  known.set(folder, { changed, run });
  return run;
}

/** The snapshots of a run, oldest first, without those that are superseded. @throws UserError when the folder holds no readable run */
export async function snapshotsIn(folder: string): Promise<CataloguedRun['snapshots']> {
  return snapshotsOf(folder, readRunRecord(folder));
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

/**
 * The events at the start and at the end of a journal, without lines that the reading cuts and a torn last one; none of the
 * start where the end reaches back to it.
 */
async function endsOf(path: string, size: number): Promise<[first: RunEvent[], last: RunEvent[]]> {
  const file = await openPlain(path);
  const linesFrom = async (from: number): Promise<string[]> => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(partLength), 0, Math.min(partLength, size - from), from);
    return buffer
      .toString('utf8', 0, bytesRead)
      .split('\n')
      .slice(from > 0 ? 1 : 0, -1);
  };
  try {
    const from = Math.max(0, size - partLength);
    const last = eventsIn(await linesFrom(from));
    return [from === 0 ? [] : eventsIn((await linesFrom(0)).slice(0, 1)), last];
  } finally {
    await file.close();
  }
}

/** Why a run failed, where that is the last word of its journal. */
export async function failureOf(folder: string): Promise<string | undefined> {
  const path = journalPath(folder);
  const size = (await stat(path).catch(() => undefined))?.size ?? 0;
  const last = size > 0 ? (await endsOf(path, size))[1].at(-1) : undefined;
  return last?.type === 'run_failed' ? last.message : undefined;
}

function summaryOf(events: readonly RunEvent[]): Pick<CataloguedRun, 'step' | 'metrics' | 'paused' | 'ending'> {
  const metrics: Record<string, number | null> = {};
  let ending: string | undefined;
  let paused = false;
  for (const event of events) {
    if (event.type === 'metrics') Object.assign(metrics, event.values);
    if (event.type === 'evaluated') {
      for (const [name, { mean }] of Object.entries(event.intact ?? event.values)) metrics[name] = mean;
    }
    if (event.type === 'run_started') ending = undefined;
    if (event.type === 'paused') paused = true;
    if (event.type === 'resumed' || event.type === 'run_started') paused = false;
    if (event.type === 'run_finished') ending = event.reason;
    if (event.type === 'run_failed') ending = 'failed';
  }
  return { step: events.at(-1)?.step ?? 0, metrics, paused, ...(ending !== undefined && { ending }) };
}
