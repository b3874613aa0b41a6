import { type Stats, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { commandLine } from '../core/own_command.ts';
import { packageFile } from '../core/package_files.ts';
import { FileRefused } from '../core/plain_files.ts';
import type { MetricCatalogue } from '../metrics/catalogue.ts';
import { headlineMetric } from '../metrics/headline.ts';
import { isParent } from '../protocol/event_check.ts';
import type { Parent } from '../protocol/events.ts';
import type { SuppliedFacts } from '../snapshots/metadata.ts';
import { type ListedSnapshot, listSnapshots, peekSnapshot, readSnapshot, stepOfFile } from '../snapshots/store.ts';
import { DamagedLines, readJournal } from './journal_reader.ts';
import { metricsTold } from './measures_told.ts';
import {
  areCourses,
  type Course,
  isSuperseded,
  journalPath,
  type RunRecord,
  recordPath,
  recordProblem,
  storedRecord,
} from './run_folder.ts';
import { namesIn } from './sweep_folder.ts';

/** A run as its folder tells it. */
export interface StoredRun {
  /** Name of the folder; in a list, after that of the sweep that it belongs to. */
  readonly run: string;
  readonly folder: string;
  readonly parent?: Parent;
  readonly snapshots: readonly StoredSnapshot[];
  /** Names of those that a person marked. */
  readonly marked: ReadonlySet<string>;
  /** What is wrong with its folder, its `run.json` or its journal. */
  readonly problem?: string;
}

/** A snapshot of a run. */
export type StoredSnapshot = ListedSnapshot & {
  /** Whether the run went on from an earlier step since, in its own folder. */
  readonly superseded: boolean;
};

type WholeSnapshot = Extract<StoredSnapshot, { readonly header: unknown }>;

/** A run's folder, or one snapshot in it. */
export interface Located {
  readonly folder: string;
  /** Path of the snapshot that was named. */
  readonly file?: string;
}

/**
 * What a word on the command line names: a snapshot file, a run's folder, a run in the folder of runs, or a sample.
 * @throws UserError when there is no such thing
 */
export function locate(word: string, directory: string): Located {
  const isSample = runNames(sampleFolder).includes(word.split('/')[0]!);
  return (
    (isSample && own(word, directory) === undefined && placed(join(sampleFolder, word))) || locateOwn(word, directory)
  );
}

/** The same without the samples, which nobody changes. @throws UserError when there is no such thing */
export function locateOwn(word: string, directory: string): Located {
  const found = own(word, directory);
  if (found) return found;
  throw new UserError({
    where: word,
    what: statOf(resolve(word)) ? 'neither a file nor a folder' : 'no such run or snapshot',
    expected: `a snapshot file, a run's folder, or a run in ${directory}`,
    fix: nearest(word, runNames(directory)) || undefined,
  });
}

/** Runs that come with the program. */
export const sampleFolder = packageFile('snapshots');

const own = (word: string, directory: string): Located | undefined =>
  placed(resolve(word)) ?? placed(resolve(directory, word));

function placed(path: string): Located | undefined {
  const info = statOf(path);
  if (info?.isFile()) return { folder: dirname(path), file: path };
  return info?.isDirectory() ? { folder: path } : undefined;
}

/**
 * The snapshot file that a word on the command line names, as seen from here: a file, or the last snapshot of a run that is
 * whole and still counts.
 * @param onNotice told of later ones that are damaged, and of a folder that does not say which ones count
 * @param supplied what the metadata of one would say that lost them
 * @throws UserError when there is no such thing, or the run has no snapshot
 */
export async function snapshotNamed(
  word: string,
  directory: string,
  onNotice: (message: string) => void,
  supplied?: SuppliedFacts,
): Promise<string> {
  const { folder, file } = locate(word, directory);
  if (file === resolve(word)) return word;
  if (file !== undefined) return relative('', file);
  const last = await lastWhole(folder, onNotice, supplied);
  if (last) return relative('', last.path);
  throw new UserError({
    where: word,
    what: 'there is no snapshot to read in this folder',
    expected: 'a snapshot file, or a run that has saved one',
    fix: `see ${commandLine('snapshots', 'list')}`,
  });
}

/**
 * The last snapshot of a run that is whole and still counts; undefined when there is none.
 * @param onNotice told of later ones that are damaged, and of a folder that does not say which ones count
 * @param supplied what the metadata of one would say that lost them
 */
export async function lastWhole(
  folder: string,
  onNotice: (message: string) => void,
  supplied?: SuppliedFacts,
): Promise<WholeSnapshot | undefined> {
  const { snapshots, problem } = await describeRun(folder);
  if (problem !== undefined) onNotice(problem);
  const damaged: { readonly file: string; readonly problem: string }[] = [];
  let last: WholeSnapshot | undefined;
  for (const one of snapshots.toReversed().toSorted(laterFirst)) {
    const read = one.superseded ? undefined : await readWhole(one, supplied);
    if (typeof read === 'object') {
      last = read;
      break;
    }
    const problem = read ?? ('problem' in one ? one.problem : undefined);
    if (problem !== undefined) damaged.unshift({ file: one.file, problem });
  }
  const from = last?.header.step ?? Number.NEGATIVE_INFINITY;
  for (const { file, problem } of damaged) {
    if ((stepOfFile(file) ?? Number.POSITIVE_INFINITY) <= from) continue;
    onNotice(last ? `${problem}; ${last.file} is taken` : problem);
  }
  return last;
}

function laterFirst(a: StoredSnapshot, b: StoredSnapshot): number {
  const stepOf = (one: StoredSnapshot): number =>
    'header' in one ? one.header.step : (stepOfFile(one.file) ?? Number.MAX_SAFE_INTEGER);
  return stepOf(b) - stepOf(a);
}

/** A snapshot that can be read whole, or what is wrong with it. */
async function readWhole(one: StoredSnapshot, supplied?: SuppliedFacts): Promise<WholeSnapshot | string> {
  if ('problem' in one && !supplied) return one.problem;
  try {
    await readSnapshot(one.path, supplied);
    if ('header' in one) return one;
    const { problem: _, ...file } = one;
    return { ...file, header: (await peekSnapshot(one.path, () => false, supplied)).header };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message;
  }
}

/**
 * The runs in a folder in the order of their names; what holds neither run.json nor snapshots is none, and what cannot be
 * read says why.
 */
export async function listRuns(directory: string): Promise<StoredRun[]> {
  const runs: StoredRun[] = [];
  for (const run of runNames(directory)) {
    const folder = join(directory, run);
    runs.push({ ...(await describeRun(folder).catch(unreadable(folder))), run });
  }
  return runs.filter(
    ({ folder, snapshots, problem }) => snapshots.length > 0 || problem !== undefined || isRunFolder(folder),
  );
}

/** What is known of a run whose folder is not to be listed. */
function unreadable(folder: string): (error: unknown) => StoredRun {
  return (error) => {
    if (!(error instanceof UserError)) throw error;
    return { run: basename(folder), folder, snapshots: [], marked: new Set(), problem: error.message };
  };
}

/** One run, from its folder. @throws UserError when there is no such folder */
export async function describeRun(folder: string): Promise<StoredRun> {
  const { marked, starts, refused } = await journalOf(folder);
  // The first start goes on from nothing.
  const { parent, courses = starts.slice(1) } = originsOf(folder);
  const snapshots = (await listSnapshots(folder)).map((one): StoredSnapshot => {
    return { ...one, superseded: 'header' in one && isSuperseded(courses, one.header) };
  });
  const problem = recordProblem(folder) ?? refused;
  return {
    run: basename(folder),
    folder,
    ...(parent && { parent }),
    snapshots,
    marked,
    ...(problem !== undefined && { problem }),
  };
}

interface Told {
  readonly marked: ReadonlySet<string>;
  readonly starts: readonly Course[];
  /** Why the journal is not opened if it is there. */
  readonly refused?: string;
}

/** What the journal says of marks and of where the run went on, as far as it can be read. */
async function journalOf(folder: string): Promise<Told> {
  const marked = new Set<string>();
  const starts: Course[] = [];
  try {
    for await (const events of readJournal(journalPath(folder), new DamagedLines())) {
      for (const event of events) {
        if (event.type === 'run_started') starts.push({ step: event.step, started: event.time });
        if (event.type === 'snapshot_removed') marked.delete(event.file);
        if (event.type !== 'snapshot_marked') continue;
        if (event.marked) marked.add(event.file);
        else marked.delete(event.file);
      }
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (error instanceof FileRefused && error.code !== 'ENOENT') return { marked, starts, refused: error.message };
  }
  return { marked, starts };
}

/** The best value so far of what the run is judged by, as a snapshot's curves tell it. */
export async function bestOf(path: string): Promise<{ metric: string; value: number; step: number } | undefined> {
  let metrics: MetricCatalogue | undefined;
  const { tensors } = await peekSnapshot(path, (name, { events }) => {
    metrics ??= metricsTold(events);
    const [section, metric, part] = name.split('/');
    return section === 'history' && metrics.headlines.includes(metric!) && (part === 'min' || part === 'step');
  });
  const metric = metrics && headlineMetric(metrics, (name) => tensors.has(`history/${name}/min`));
  const values = tensors.get(`history/${metric}/min`)?.data;
  const steps = tensors.get(`history/${metric}/step`)?.data;
  if (metric === undefined || !(values instanceof Float32Array) || !steps) return undefined;
  let best = -1;
  values.forEach((value, i) => {
    if (Number.isFinite(value) && (best < 0 || value < values[best]!)) best = i;
  });
  return best < 0 ? undefined : { metric, value: values[best]!, step: Number(steps[best]) };
}

/** Where a run came from and went on, as far as its record says. */
function originsOf(folder: string): Pick<RunRecord, 'parent' | 'courses'> {
  try {
    const { parent, courses } = storedRecord(folder);
    return { ...(isParent(parent) && { parent }), courses: areCourses(courses) ? courses : [] };
  } catch {
    return {};
  }
}

function isRunFolder(folder: string): boolean {
  return statOf(recordPath(folder))?.isFile() ?? false;
}

/** What stands at a path, be it behind links; undefined for what cannot be looked at. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function runNames(directory: string): string[] {
  return namesIn(directory).filter((name) => statOf(join(directory, name))?.isDirectory());
}
