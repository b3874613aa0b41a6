import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { headlineMetric, isHeadline } from '../metrics/headline.ts';
import { nearest } from '../presets/complaints.ts';
import { isParent } from '../protocol/event_check.ts';
import type { Parent } from '../protocol/events.ts';
import { type ListedSnapshot, listSnapshots, peekSnapshot } from '../snapshots/store.ts';
import { areCourses, isSuperseded, type RunRecord, recordProblem } from '../trainer/files/run_folder.ts';
import { readJournal } from './journal.ts';

/** A run as its folder tells it. */
export interface StoredRun {
  /** Name of the folder. */
  readonly run: string;
  readonly folder: string;
  readonly parent?: Parent;
  readonly snapshots: readonly StoredSnapshot[];
  /** Names of those that a person marked. */
  readonly marked: ReadonlySet<string>;
  /** What is wrong with its `run.json`. */
  readonly problem?: string;
}

/** A snapshot of a run. */
export type StoredSnapshot = ListedSnapshot & {
  /** Whether the run went on from an earlier step since, in its own folder. */
  readonly superseded: boolean;
};

/** A run's folder, or one snapshot in it. */
export interface Located {
  readonly folder: string;
  /** Path of the snapshot that was named. */
  readonly file?: string;
}

/**
 * What a word on the command line names: a snapshot file, a run's folder, or a run in the folder of runs.
 * @throws UserError when there is no such thing
 */
export function locate(word: string, directory: string): Located {
  const path = resolve(word);
  const info = statSync(path, { throwIfNoEntry: false });
  if (info?.isFile()) return { folder: dirname(path), file: path };
  if (info?.isDirectory()) return { folder: path };
  const run = resolve(directory, word);
  const inside = statSync(run, { throwIfNoEntry: false });
  if (inside?.isFile()) return { folder: dirname(run), file: run };
  if (inside?.isDirectory()) return { folder: run };
  const names = runNames(directory);
  throw new UserError({
    where: word,
    what: info ? 'neither a file nor a folder' : 'no such run or snapshot',
    expected: `a snapshot file, a run's folder, or a run in ${directory}`,
    fix: nearest(word, names) || undefined,
  });
}

/**
 * The snapshot file that a word on the command line names, as seen from here: a file, or the last snapshot of a run that
 * can be read and still counts.
 * @throws UserError when there is no such thing, or the run has no snapshot
 */
export async function snapshotNamed(word: string, directory: string): Promise<string> {
  const { folder, file } = locate(word, directory);
  if (file === resolve(word)) return word;
  if (file !== undefined) return relative('', file);
  const { snapshots } = await describeRun(folder);
  const last = snapshots.findLast((one) => 'header' in one && !one.superseded);
  if (last) return relative('', last.path);
  throw new UserError({
    where: word,
    what: 'there is no snapshot to read in this folder',
    expected: 'a snapshot file, or a run that has saved one',
    fix: 'see incline snapshots list',
  });
}

/** The runs in a folder in the order of their names; what holds neither run.json nor snapshots is none. */
export async function listRuns(directory: string): Promise<StoredRun[]> {
  const runs: StoredRun[] = [];
  for (const name of runNames(directory)) runs.push(await describeRun(join(directory, name)));
  return runs.filter(({ folder, snapshots }) => snapshots.length > 0 || isRunFolder(folder));
}

/** One run, from its folder. @throws UserError when there is no such folder */
export async function describeRun(folder: string): Promise<StoredRun> {
  const { parent, courses } = originsOf(folder);
  const problem = recordProblem(folder);
  const snapshots = (await listSnapshots(folder)).map((one): StoredSnapshot => {
    return { ...one, superseded: 'header' in one && isSuperseded(courses, one.header) };
  });
  return {
    run: basename(folder),
    folder,
    ...(parent && { parent }),
    snapshots,
    marked: await markedIn(folder),
    ...(problem !== undefined && { problem }),
  };
}

/** What the journal says of marks, as far as it can be read. */
async function markedIn(folder: string): Promise<ReadonlySet<string>> {
  const marked = new Set<string>();
  try {
    for await (const events of readJournal(join(folder, 'journal.jsonl'))) {
      for (const event of events) {
        if (event.type !== 'snapshot_marked') continue;
        if (event.marked) marked.add(event.file);
        else marked.delete(event.file);
      }
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  return marked;
}

/** The best value so far of what the run is judged by, as a snapshot's curves tell it. */
export async function bestOf(path: string): Promise<{ metric: string; value: number; step: number } | undefined> {
  const { tensors } = await peekSnapshot(path, (name) => {
    const [section, metric, part] = name.split('/');
    return section === 'history' && isHeadline(metric!) && (part === 'min' || part === 'step');
  });
  const metric = headlineMetric((name) => tensors.has(`history/${name}/min`));
  const values = tensors.get(`history/${metric}/min`)?.data;
  const steps = tensors.get(`history/${metric}/step`)?.data;
  if (metric === undefined || !(values instanceof Float32Array) || !steps) return undefined;
  let best = -1;
  values.forEach((value, i) => {
    if (Number.isFinite(value) && (best < 0 || value < values[best]!)) best = i;
  });
  return best < 0 ? undefined : { metric, value: values[best]!, step: Number(steps[best]) };
}

/** Where a run came from and went on, as far as its folder says. */
function originsOf(folder: string): Pick<RunRecord, 'parent'> & Required<Pick<RunRecord, 'courses'>> {
  try {
    const { parent, courses } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
    return { ...(isParent(parent) && { parent }), courses: areCourses(courses) ? courses : [] };
  } catch {
    return { courses: [] };
  }
}

function isRunFolder(folder: string): boolean {
  return statSync(join(folder, 'run.json'), { throwIfNoEntry: false })?.isFile() ?? false;
}

function runNames(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}
