import { type FileHandle, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { leftoversIn, removeLeftovers, writeFileAtomic } from '../core/files.ts';
import { requirePlace } from '../core/place.ts';
import { FileRefused, openPlain } from '../core/plain_files.ts';
import { type DecodedSnapshot, decodeSnapshot, encodeSnapshot, type Snapshot } from './format.ts';
import { isCurveStep, lastStepOf } from './history.ts';
import { decodeMetadata, type SnapshotHeader, type SuppliedFacts } from './metadata.ts';
import { decodeHeader, headerBytes, type SafetensorsHeader, type StoredTensor, tensorOf } from './safetensors.ts';

/** Part of a snapshot: what it says of itself, the shapes of all its tensors, and the tensors that were asked for. */
export interface SnapshotPart {
  readonly header: SnapshotHeader;
  readonly notices: readonly string[];
  /** Whether it carries a checksum, which another program that edits it leaves out. */
  readonly sealed: boolean;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** Largest snapshot that is read, in bytes. */
const largest = 2 ** 30;

const extension = '.safetensors';

/** A file as a list shows it: what it says of itself, or why it cannot be used. */
export type ListedSnapshot = {
  readonly file: string;
  readonly path: string;
  readonly bytes: number;
} & ({ readonly header: SnapshotHeader } | { readonly problem: string });

/** Name of the snapshot of a step, e.g. `step-00000400.safetensors`; of a further one `step-00000400-2.safetensors`. */
export function snapshotFile(step: number, number = 1): string {
  return `step-${String(step).padStart(8, '0')}${number > 1 ? `-${number}` : ''}${extension}`;
}

/** The step that the name of a snapshot tells; undefined for one that was given a name. */
export function stepOfFile(file: string): number | undefined {
  const digits = /^step-(\d+)(-\d+)?\.safetensors$/.exec(file)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

const collator = new Intl.Collator('en', { numeric: true });

/** The order of the names of snapshots: by step, further ones of the same step after the first. */
export function compareFiles(a: string, b: string): number {
  return collator.compare(a.slice(0, -extension.length), b.slice(0, -extension.length));
}

/**
 * Saves a snapshot in the folder of its run, replacing one of the same step unless that is to stay; whatever happens,
 * every listed file is whole.
 * @param options.stays whether a file must not be written over; then the next number is taken
 * @param options.verify throws where the folder is no longer the run's, as late as can be known
 * @returns the file's name
 * @throws StorageError when the disk refuses; call again to retry
 * @throws UserError when the state holds numbers that are not finite
 */
export async function saveSnapshot(
  runFolder: string,
  snapshot: Snapshot,
  { stays = () => false, verify }: { readonly stays?: (file: string) => boolean; readonly verify?: () => void } = {},
): Promise<string> {
  const bytes = encodeSnapshot(snapshot);
  let file = snapshotFile(snapshot.step);
  for (let number = 2; stays(file) && (await isTaken(join(runFolder, file))); number++) {
    file = snapshotFile(snapshot.step, number);
  }
  await writeFileAtomic(join(runFolder, file), bytes, { verify });
  return file;
}

/** @throws UserError when there is something at `path` already, or no folder for it */
export async function requireFree(path: string): Promise<void> {
  await requirePlace(path);
  if (await isTaken(path)) throw new UserError({ where: path, what: 'is there already', fix: 'name a new file' });
}

async function isTaken(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/**
 * Writes a snapshot where nothing is yet.
 * @throws UserError when there is something at `path` already
 * @throws StorageError when the disk refuses
 */
export async function writeSnapshot(path: string, snapshot: Snapshot): Promise<void> {
  await requireFree(path);
  await writeFileAtomic(path, encodeSnapshot(snapshot));
}

/**
 * @param supplied what its metadata would say, should another program have lost it
 * @throws UserError when there is no such file, or it cannot be used
 */
export function readSnapshot(path: string, supplied?: SuppliedFacts): Promise<DecodedSnapshot> {
  return withFile(path, async (file, size) =>
    decodeSnapshot(await readStart(file, size), path, supplied, stepOfFile(basename(path))),
  );
}

/**
 * The snapshots in a run's folder in the order of their steps, from their headers alone; checksums are not verified.
 * @throws UserError when there is no such folder
 */
export async function listSnapshots(runFolder: string): Promise<ListedSnapshot[]> {
  const names = await readdir(runFolder).catch((error: Error) => {
    throw new UserError({ where: runFolder, what: `cannot be listed (${error.message})`, expected: "a run's folder" });
  });
  const files = names.filter((name) => name.endsWith(extension) && !name.startsWith('.')).sort(compareFiles);
  const listed: ListedSnapshot[] = [];
  for (const file of files) listed.push(await inspect(join(runFolder, file)));
  // Those that were given a name stand where their step belongs, damaged ones at the end.
  const place = (one: ListedSnapshot): number => ('header' in one ? one.header.step : Number.POSITIVE_INFINITY);
  return listed.sort((a, b) => (place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0));
}

/**
 * Reads the header of a snapshot and, of its tensors, those that are wanted: fast for large files, but without their
 * checksum being verified.
 * @throws UserError when there is no such file, or its header is damaged
 */
export function peekSnapshot(
  path: string,
  wants: (name: string, header: SnapshotHeader) => boolean,
  supplied?: SuppliedFacts,
): Promise<SnapshotPart> {
  return withFile(path, async (file, size) => {
    const { safetensors, header, notices } = await readHeader(file, size, path, supplied);
    const tensors = await readTensors(file, safetensors, (name) => wants(name, header));
    const sealed = safetensors.metadata.has('sha256');
    const shapes = new Map([...safetensors.tensors].map(([name, { shape }]) => [name, shape]));
    return { header, notices, sealed, shapes, tensors };
  });
}

/** Those of the tensors of an open file that are wanted. */
async function readTensors(
  file: FileHandle,
  { tensors, bytes: start }: SafetensorsHeader,
  wants: (name: string) => boolean,
): Promise<Map<string, StoredTensor>> {
  const read = new Map<string, StoredTensor>();
  const wanted = [...tensors].filter(([name]) => wants(name)).sort(([, a], [, b]) => a.begin - b.begin);
  // Those that lie side by side in one go: of many snapshots each read takes its time.
  for (let first = 0; first < wanted.length; ) {
    let next = first + 1;
    while (next < wanted.length && wanted[next]![1].begin === wanted[next - 1]![1].end) next++;
    const [from, to] = [wanted[first]![1].begin, wanted[next - 1]![1].end];
    const bytes = new Uint8Array(to - from);
    await file.read(bytes, 0, bytes.length, start + from);
    for (const [name, entry] of wanted.slice(first, next)) {
      read.set(name, tensorOf(entry, bytes.subarray(entry.begin - from, entry.end - from)));
    }
    first = next;
  }
  // In the order of the header, whatever that of the data is.
  return new Map([...tensors.keys()].flatMap((name) => (read.has(name) ? [[name, read.get(name)!] as const] : [])));
}

/** Whether a killed trainer may have left something half written. */
export async function hasLeftovers(runFolder: string): Promise<boolean> {
  return (await leftoversIn(runFolder).catch(() => [])).length > 0;
}

/** Removes what a killed trainer left half written; only for the one trainer of the folder. @returns names removed */
export function sweepLeftovers(runFolder: string): Promise<string[]> {
  return removeLeftovers(runFolder);
}

async function inspect(path: string): Promise<ListedSnapshot> {
  const entry = { file: basename(path), path, bytes: 0 };
  try {
    return await withFile(path, async (file, size) => {
      entry.bytes = size;
      return { ...entry, header: (await readHeader(file, size, path)).header };
    });
  } catch (error) {
    if (error instanceof UserError) return { ...entry, problem: error.message };
    throw error;
  }
}

async function readHeader(
  file: FileHandle,
  size: number,
  path: string,
  supplied?: SuppliedFacts,
): Promise<Omit<SnapshotPart, 'sealed' | 'shapes' | 'tensors'> & { readonly safetensors: SafetensorsHeader }> {
  const start = await readStart(file, Math.min(8, size));
  const safetensors = decodeHeader(await readStart(file, headerBytes(start, size, path)), size, path);
  const { metadata } = safetensors;
  const told = metadata.has('step') ? undefined : await stepTold(file, safetensors, path);
  return { safetensors, ...decodeMetadata(metadata, path, supplied, told) };
}

/** The step that the name of a file tells, or else its curves. */
async function stepTold(file: FileHandle, safetensors: SafetensorsHeader, path: string): Promise<number | undefined> {
  return stepOfFile(basename(path)) ?? lastStepOf(await readTensors(file, safetensors, isCurveStep));
}

/** Does something with a snapshot and its size in bytes while it is open. @throws UserError when it cannot be read */
async function withFile<T>(path: string, use: (file: FileHandle, size: number) => Promise<T>): Promise<T> {
  const file = await openPlain(path).catch((error: Error) => {
    if (!(error instanceof FileRefused) || error.code !== 'ENOENT') throw error;
    throw new UserError({ where: path, what: 'no such file', fix: 'name a step-….safetensors file of a run folder' });
  });
  try {
    const { size } = await file.stat();
    if (size > largest) {
      throw new UserError({ where: path, what: `${size} bytes long`, expected: `at most ${largest} bytes` });
    }
    return await use(file, size);
  } finally {
    await file.close();
  }
}

/** The first `length` bytes, or all there are. */
async function readStart(file: FileHandle, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
