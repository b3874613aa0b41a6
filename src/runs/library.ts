import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { headlineMetric, isHeadline } from '../metrics/headline.ts';
import { nearest } from '../presets/complaints.ts';
import { isParent, isRunEvent } from '../protocol/event_check.ts';
import type { Parent } from '../protocol/events.ts';
import { type ListedSnapshot, listSnapshots, peekSnapshot } from '../snapshots/store.ts';

/** A run as its folder tells it. */
export interface StoredRun {
  /** Name of the folder. */
  readonly run: string;
  readonly folder: string;
  readonly parent?: Parent;
  readonly snapshots: readonly ListedSnapshot[];
  /** Names of those that a person marked. */
  readonly marked: ReadonlySet<string>;
}

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

/** The runs in a folder in the order of their names; what holds neither run.json nor snapshots is none. */
export async function listRuns(directory: string): Promise<StoredRun[]> {
  const runs: StoredRun[] = [];
  for (const name of runNames(directory)) runs.push(await describeRun(join(directory, name)));
  return runs.filter(({ folder, snapshots }) => snapshots.length > 0 || isRunFolder(folder));
}

/** One run, from its folder. @throws UserError when there is no such folder */
export async function describeRun(folder: string): Promise<StoredRun> {
  const parent = parentOf(folder);
  return {
    run: basename(folder),
    folder,
    ...(parent && { parent }),
    snapshots: await listSnapshots(folder),
    marked: markedIn(folder),
  };
}

/** What the journal says of marks: few of its lines do. */
function markedIn(folder: string): ReadonlySet<string> {
  const marked = new Set<string>();
  for (const line of journalOf(folder).split('\n')) {
    if (!line.includes('"snapshot_marked"')) continue;
    const event = parsed(line);
    if (!isRunEvent(event) || event.type !== 'snapshot_marked') continue;
    if (event.marked) marked.add(event.file);
    else marked.delete(event.file);
  }
  return marked;
}

/** Undefined for a line that is torn. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function journalOf(folder: string): string {
  try {
    return readFileSync(join(folder, 'journal.jsonl'), 'utf8');
  } catch {
    return '';
  }
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

/** Where a run came from; undefined when its folder does not say. */
function parentOf(folder: string): Parent | undefined {
  try {
    const { parent } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
    return isParent(parent) ? parent : undefined;
  } catch {
    return undefined;
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
