import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { isLeftover, writeFileAtomic } from '../core/files.ts';
import { FileRefused, readJson, requireOwnFile } from '../core/plain_files.ts';
import { isRecord } from '../core/record.ts';
import type { RunConfig } from '../protocol/config.ts';
import { isConfig, isParent } from '../protocol/event_check.ts';
import type { EngineRecord, Parent, Versions } from '../protocol/events.ts';
import { isPluginRecord, type PluginRecord, pluginsOf, requirePlugins } from './plugin_records.ts';
import { areLogNames, type LogName } from './trackers/log_names.ts';

/** Largest `run.json` that is read, in bytes. */
const largestRecord = 2 ** 20;

/** What a run is, in its folder. */
export const recordPath = (folder: string): string => join(folder, 'run.json');
/** What it said, in its folder. */
export const journalPath = (folder: string): string => join(folder, 'journal.jsonl');

/** `run.json`: what a run is. Written when the folder is made; the trainer adds what it computes with. */
export interface RunRecord {
  readonly v: 1;
  readonly run: string;
  readonly config: RunConfig;
  readonly seed: number;
  readonly started: string;
  /** Where the configuration was read, for messages. */
  readonly source: string;
  readonly parent?: Parent;
  /** Snapshot of this very run that it goes on from, in its own folder. */
  readonly continued?: Pick<Parent, 'file' | 'step'>;
  /** Where and when it went on in its own folder, oldest first: what was saved before, of later steps, is superseded. */
  readonly courses?: readonly Course[];
  /** Start without training. */
  readonly paused?: boolean;
  /** Where it is logged besides its journal. */
  readonly log?: readonly LogName[];
  readonly engine?: EngineRecord;
  readonly versions?: Versions;
  /** The user's own files that its task and model come from. */
  readonly plugins?: readonly PluginRecord[];
}

/** A run taken up from one of its own snapshots. */
export interface Course {
  readonly step: number;
  /** ISO date. */
  readonly started: string;
}

/** Whether a snapshot belongs to a course of the run that was given up. */
export function isSuperseded(
  courses: readonly Course[],
  snapshot: { readonly step: number; created: string },
): boolean {
  // A snapshot of another program has no date, and counts.
  const saved = Date.parse(snapshot.created);
  return courses.some(({ step, started }) => step < snapshot.step && saved < Date.parse(started));
}

/**
 * Makes the folder of a new run, for the user alone.
 * @throws UserError when a run of that name exists or the folder cannot be made
 */
export async function createRunFolder(directory: string, record: RunRecord): Promise<string> {
  const folder = join(directory, record.run);
  try {
    makeFolder(directory);
  } catch (error) {
    const what = `cannot make this folder (${(error as Error).message})`;
    throw new UserError({ where: directory, what, fix: 'choose another --dir' });
  }
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw new UserError({
      where: folder,
      what: exists ? 'a run of this name exists' : `cannot make this folder (${(error as Error).message})`,
      fix: exists ? 'choose another --name' : 'choose another --dir',
    });
  }
  try {
    await writeRunRecord(folder, record);
  } catch (error) {
    discardIfEmpty(folder);
    throw error;
  }
  return folder;
}

/** Shuts out others from a folder that a run goes on in. @throws UserError when it is not the user's to shut */
export function makePrivate(folder: string): void {
  if ((statSync(folder).mode & 0o077) === 0) return;
  try {
    chmodSync(folder, 0o700);
  } catch (error) {
    const what = `is open to others (${(error as Error).message})`;
    throw new UserError({ where: folder, what, fix: 'resume into a new run instead' });
  }
}

/** Removes the folder of a run that never began: with its record, an empty journal and a lock that nobody holds at most. */
export function discardIfEmpty(folder: string): void {
  const isWorthless = (name: string): boolean =>
    ['run.json', 'lock.json'].includes(name) ||
    isLeftover(name) ||
    (name === 'journal.jsonl' && statSync(join(folder, name)).size === 0);
  if (!existsSync(folder) || !readdirSync(folder).every(isWorthless)) return;
  try {
    rmSync(folder, { recursive: true, maxRetries: 5, retryDelay: 10 });
  } catch (error) {
    // What was being prepared may be writing still; the next start or list takes care of the rest.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  }
}

/** Makes a folder and those above it. One at a time: Node's own recursion never ends in `/proc` (seen with Node 20). */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above);
  mkdirSync(path);
}

export async function writeRunRecord(folder: string, record: RunRecord): Promise<void> {
  const plugins = pluginsOf(record.config);
  // What a record says already was looked at when the run was begun.
  const complete = { ...(plugins.length > 0 && { plugins }), ...record };
  await storeRecord(folder, complete);
}

/** What `run.json` says, as it stands there, be it of another version. @throws FileRefused, SyntaxError */
export function storedRecord(folder: string): Readonly<Record<string, unknown>> {
  return readJson(recordPath(folder), largestRecord) as Readonly<Record<string, unknown>>;
}

export async function storeRecord(folder: string, record: object): Promise<void> {
  await writeFileAtomic(recordPath(folder), `${JSON.stringify(record, null, 2)}\n`);
}

/**
 * @returns what is to be said of plugins that were taken though they had changed
 * @throws UserError when the snapshots of a folder need a plugin that is not there as it was; never without a run there
 */
export function requirePluginsOfFolder(folder: string): readonly string[] {
  let record: RunRecord;
  try {
    record = readRunRecord(folder);
  } catch {
    return [];
  }
  return requirePlugins(record.plugins ?? [], record.run);
}

/** Whether a parsed file has what every reader of runs relies on; the values of its settings are the loader's to check. */
function isRunRecord(value: unknown): value is RunRecord {
  if (!isRecord(value)) return false;
  const { v, run, config, started, source, parent, continued, courses } = value;
  const texts = [run, started, source].every((text) => typeof text === 'string');
  const origins = [parent, isRecord(continued) ? { run: '', ...continued } : continued].every(
    (one) => one === undefined || isParent(one),
  );
  return v === 1 && texts && isConfig(config) && origins && (courses === undefined || areCourses(courses));
}

/** Whether it says where and when a run went on in its own folder. */
export function areCourses(value: unknown): value is readonly Course[] {
  return (
    Array.isArray(value) && value.every((one) => Number.isSafeInteger(one?.step) && typeof one.started === 'string')
  );
}

/** The record of a run, which is called as its folder is. @throws UserError when the folder holds no readable run */
export function readRunRecord(folder: string): RunRecord {
  const path = recordPath(folder);
  try {
    const record = storedRecord(folder);
    if (!isRunRecord(record)) throw new Error('not a run');
    if (record.log !== undefined && !areLogNames(record.log)) throw new Error('its logs are no list of logs');
    if (record.plugins !== undefined && !record.plugins.every(isPluginRecord))
      throw new Error('its plugins are no list');
    return { ...record, run: basename(resolve(folder)) };
  } catch (error) {
    if (error instanceof FileRefused) {
      const what = `no readable run (${error.complaint.what})`;
      throw new FileRefused(error.code, { where: path, what, fix: 'name a run folder' });
    }
    throw new UserError({
      where: path,
      what: `no readable run (${(error as Error).message})`,
      fix: 'name a run folder',
    });
  }
}

/** What a trainer writes to in place; everything else takes the place of what was there. */
const written = ['journal.jsonl', 'probe.bin', 'trainer.log'];

/** @throws UserError when a trainer would write to anything but plain files of the user's there, before it does */
export function requireOwnFiles(folder: string): void {
  for (const name of written) requireOwnFile(join(folder, name));
}

/** What is wrong with the `run.json` of a folder, where there is one. */
export function recordProblem(folder: string): string | undefined {
  const path = recordPath(folder);
  if (!existsSync(path)) return undefined;
  try {
    readRunRecord(folder);
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { what, where } = error.complaint;
    const fix = 'where the run came from is not known';
    return new UserError({ where, what, fix }).message;
  }
}

/** `<preset>-<yyyymmdd>-<hhmmss>` in local time. */
export function runName(preset: string, date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${preset}-${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}

/** Files of the plugins that a run needs; none where its record cannot be read. */
export function pluginsOfRun(folder: string): string[] {
  try {
    return (readRunRecord(folder).plugins ?? []).map(({ file }) => file);
  } catch {
    return [];
  }
}
