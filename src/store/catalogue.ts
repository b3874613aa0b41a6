import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FileRefused, openPlain } from '../core/plain_files.ts';
import type { MetricCatalogue } from '../metrics/catalogue.ts';
import { headlineMetric } from '../metrics/headline.ts';
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
  /** The metric that it is judged by, at some of its steps; undefined where none was measured. */
  readonly headline?: { readonly name: string; readonly curve: readonly CurvePoint[] } | undefined;
  /** Oldest first, without those that are superseded. */
  readonly snapshots: readonly { readonly file: string; readonly step: number }[];
}

interface CurvePoint {
  readonly step: number;
  readonly value: number;
}

/** Bytes read from each end of a journal. */
const partLength = 1 << 16;
/** Places in between at which it is looked into for a curve, and bytes read there. */
const [places, lookLength] = [24, 1 << 13];

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
  const { first, between, last } = written
    ? await partsOf(journal, written.size, places)
    : { first: [], between: [], last: [] };
  const snapshots = await snapshotsOf(folder, record);
  const described = metricsTold([...first, ...last]);
  const summary = summaryOf(last);
  const name = headlineMetric(described, (one) => typeof summary.metrics[one] === 'number');
  const headline = name === undefined ? undefined : { name, curve: curveOf(name, [...between, ...last]) };
  const run = { folder, record, ...summary, described, headline, snapshots };
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

interface JournalParts {
  /** The first one, where the end does not reach back to it. */
  readonly first: readonly RunEvent[];
  readonly between: readonly RunEvent[];
  readonly last: readonly RunEvent[];
}

/** Events at the start and at the end of a journal, and at some places between, without lines that the reading cuts. */
async function partsOf(path: string, size: number, looks = 0): Promise<JournalParts> {
  const file = await openPlain(path);
  const eventsFrom = async (from: number, length: number): Promise<RunEvent[]> => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, Math.min(length, size - from), from);
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
    return eventsIn(lines.slice(from > 0 ? 1 : 0, -1));
  };
  try {
    const from = Math.max(0, size - partLength);
    const last = await eventsFrom(from, partLength);
    if (from === 0) return { first: [], between: [], last };
    const between: RunEvent[] = [];
    for (let look = 0; look < looks; look++) {
      between.push(...(await eventsFrom(Math.floor((look * from) / looks), lookLength)));
    }
    return { first: (await eventsFrom(0, partLength)).slice(0, 1), between, last };
  } finally {
    await file.close();
  }
}

/** A metric at the steps at which it was evaluated. */
function curveOf(name: string, events: readonly RunEvent[]): CurvePoint[] {
  const points: CurvePoint[] = [];
  for (const event of events) {
    if (event.type !== 'evaluated') continue;
    const value = (event.intact ?? event.values)[name]?.mean;
    // Steps that were done again after a divergence count once.
    if (typeof value === 'number' && event.step > (points.at(-1)?.step ?? -1)) points.push({ step: event.step, value });
  }
  return points;
}

/** Why a run failed, where that is the last word of its journal. */
export async function failureOf(folder: string): Promise<string | undefined> {
  const path = journalPath(folder);
  const size = (await stat(path).catch(() => undefined))?.size ?? 0;
  const last = size > 0 ? (await partsOf(path, size)).last.at(-1) : undefined;
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
