import { randomUUID } from 'node:crypto';
import { closeSync, fsync, openSync, renameSync, rmSync, writeFile } from 'node:fs';
import { open, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** The disk would not take a write (full, quota, gone). Nothing in memory is lost: the same call may be tried again. */
export class StorageError extends Error {
  /** The system's name for it, e.g. `ENOSPC`. */
  readonly code: string;
  readonly path: string;

  constructor(path: string, cause: NodeJS.ErrnoException) {
    // The system names the temporary file, which is nothing to the person.
    super(`${path}: ${cause.message.replace(/, \w+ '.*$/s, '')}`, { cause });
    this.name = 'StorageError';
    this.code = cause.code ?? 'unknown';
    this.path = path;
  }
}

/** `error` as a `StorageError` when it came from the system, else as it is. */
export function asStorageError(path: string, error: unknown): unknown {
  const isSystems = error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
  return isSystems ? new StorageError(path, error) : error;
}

/** How names of files end that are being written, until they have their own. */
export const temporarySuffix = '.incline-tmp';

/** Temporary files that this process is writing; they go with it, however it ends short of being killed. */
const unfinished = new Set<string>();
process.on('exit', () => {
  for (const path of unfinished) rmSync(path, { force: true });
});

/** Permissions of a new file: a run's are for its owner alone, what is made for others is as the user's umask says. */
const permissions = { private: 0o600, shared: 0o666 } as const;

interface AtomicOptions {
  readonly readers?: keyof typeof permissions;
  /** Throws where the path is no longer one to write to; called once all is on disk, before the file takes its place. */
  readonly verify?: (() => void) | undefined;
}

/**
 * Writes a file so that at every moment `path` holds either its old content or all of the new, even across a power cut:
 * temporary file in the same folder, fsync, rename, fsync of the folder.
 * @throws StorageError when the disk refuses; the temporary file is gone and `path` is as it was
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  { readers = 'private', verify }: AtomicOptions = {},
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}${temporarySuffix}`);
  try {
    // At once: a name that another thread made later would outlive this process, or a folder given up meanwhile.
    const file = openSync(temporary, 'wx', permissions[readers]);
    unfinished.add(temporary);
    try {
      await promisify(writeFile)(file, data);
      await promisify(fsync)(file);
    } finally {
      closeSync(file);
    }
    verify?.();
    // At once: what was verified may change.
    renameSync(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw asStorageError(path, error);
  } finally {
    unfinished.delete(temporary);
  }
}

/** Names of the temporary files of writers that are at work or were killed. */
export async function leftoversIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  return files.filter(isLeftover);
}

/** Whether a file is, by its name, what a writer left that was killed. */
export function isLeftover(name: string): boolean {
  return name.startsWith('.') && name.endsWith(temporarySuffix);
}

/**
 * Removes the temporary files of writers that were killed. Call it only while nobody writes to the folder.
 * @returns the names removed
 */
export async function removeLeftovers(folder: string): Promise<string[]> {
  const leftovers = await leftoversIn(folder);
  await Promise.all(leftovers.map((name) => rm(join(folder, name), { force: true })));
  return leftovers.sort();
}

/** What file systems answer that have no such notion; there the rename itself is all there is. */
const unsupported = ['EINVAL', 'ENOTSUP', 'ENOSYS'];

/** Told of files that are written but may not survive a power cut. */
let onUnsafe: (message: string) => void = () => undefined;
const unsafe = new Set<string>();

/** From now on somebody is told, once a folder, where what is written may not survive a power cut. */
export function tellUnsafeFolders(tell: (message: string) => void): void {
  onUnsafe = tell;
}

/** Makes renames and new names in a folder survive a power cut. What was renamed is written, whatever the disk says of that. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
    unsafe.delete(folder);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (unsupported.includes(code) || unsafe.has(folder)) return;
    unsafe.add(folder);
    onUnsafe(`${folder}: what is written there may not survive a power cut (${message})`);
  }
}
