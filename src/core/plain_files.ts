import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isatty } from 'node:tty';
import { type Complaint, UserError } from './errors.ts';

// Folders of runs, presets and plugins come from other people too: what stands in the place of a file may be a link to
// something else of the user's, a pipe that nobody writes to, a device without end. Files of a run are opened where they
// stand themselves, without following links; files that a person names may be links to plain files. Folders may be links:
// people keep runs on other disks.

/** Whether the last part of a path may be a link. */
type Links = 'refused' | 'followed';

/** A file that is not opened: not there, not allowed, too long, or no plain file of the user's. */
export class FileRefused extends UserError {
  /** The system's name for it, such as `ENOENT`; `EFTYPE` for what is no plain file, `EFBIG` for one that is too long. */
  readonly code: string;

  constructor(code: string, complaint: Complaint) {
    super(complaint);
    this.code = code;
  }
}

// Windows has none of these. Without waiting: a pipe may take another's place between the look and the opening.
const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_NOCTTY = 0, O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_APPEND } = constants;
const careful = O_NONBLOCK | O_NOCTTY;

/** Opens a plain file for reading. @throws FileRefused */
export async function openPlain(path: string, links: Links = 'refused'): Promise<FileHandle> {
  return asked(path, async () => {
    requirePlain(path, look(path, links));
    const file = await open(path, O_RDONLY | careful | (links === 'refused' ? O_NOFOLLOW : 0));
    return checked(file, (info) => requirePlain(path, info));
  });
}

/**
 * The bytes of a plain file.
 * @param largest most bytes that it may have
 * @throws FileRefused
 */
export function readPlain(path: string, largest: number, links: Links = 'refused'): Buffer {
  let file: number | undefined;
  try {
    requirePlain(path, look(path, links));
    file = openSync(path, O_RDONLY | careful | (links === 'refused' ? O_NOFOLLOW : 0));
    const info = fstatSync(file);
    requirePlain(path, info);
    requireLength(path, info.size, largest);
    const bytes = Buffer.alloc(info.size);
    let filled = 0;
    for (let read = 1; read > 0 && filled < bytes.length; filled += read) {
      read = readSync(file, bytes, filled, bytes.length - filled, filled);
    }
    return bytes.subarray(0, filled);
  } catch (error) {
    throw refusal(path, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** What a file of JSON holds, be it written by a person: past the byte order mark that some editors put first. @throws FileRefused, SyntaxError */
export function readJson(path: string, largest: number, links: Links = 'refused'): unknown {
  return jsonIn(readPlain(path, largest, links));
}

let fromInput: Uint8Array | undefined;

/** The same of standard input, which is there to be read once. @throws FileRefused, SyntaxError */
export function readJsonFromInput(largest: number): unknown {
  const where = 'standard input';
  if (!fromInput && isatty(0)) {
    throw new FileRefused('ENOTTY', { where, what: 'is a terminal, not a file', fix: 'hand one in, e.g. - < my.json' });
  }
  try {
    fromInput ??= readFileSync(0);
  } catch (error) {
    throw refusal(where, error);
  }
  requireLength(where, fromInput.length, largest);
  return jsonIn(fromInput);
}

function jsonIn(bytes: Uint8Array): unknown {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  return JSON.parse(new TextDecoder(encoding).decode(bytes));
}

/**
 * Opens a file for reading and writing that is the user's alone.
 * @param options.make whether it is made where there is none
 * @throws FileRefused for what is no plain file of the user's or has further names; the system's own errors else
 */
export async function openOwn(
  path: string,
  { make = true, append = false }: { readonly make?: boolean; readonly append?: boolean } = {},
): Promise<FileHandle> {
  const before = lstatSync(path, { throwIfNoEntry: false });
  if (before) requireOwn(path, before);
  const made = before || !make ? 0 : O_CREAT | O_EXCL;
  const file = await open(path, O_RDWR | made | (append ? O_APPEND : 0) | O_NOFOLLOW | careful, 0o600);
  return before ? checked(file, (info) => requireOwn(path, info)) : file;
}

/** @throws FileRefused when there is something else at a path than a plain file of the user's */
export function requireOwnFile(path: string): void {
  const info = lstatSync(path, { throwIfNoEntry: false });
  if (info) requireOwn(path, info);
}

/** @throws FileRefused unless a folder, or what a link in its place leads to, is the user's */
export function requireOwnFolder(path: string): void {
  const { uid } = statSync(path);
  if (isMine(uid)) return;
  throw new FileRefused('EPERM', { where: path, what: `belongs to another user (${uid})`, fix: 'go on in a new run' });
}

function requireOwn(path: string, info: Stats): void {
  requirePlain(path, info);
  // Of a folder on a disk that names owners its own way, its files are the user's as far as the folder is.
  if (!isMine(info.uid) && info.uid !== statSync(dirname(path)).uid) {
    throw new FileRefused('EPERM', { where: path, what: `belongs to another user (${info.uid})` });
  }
  if (info.nlink > 1) {
    const what = `has ${info.nlink} names (hard links), so that writing would change the others too`;
    throw new FileRefused('EMLINK', { where: path, what, fix: 'put a copy in its place' });
  }
}

function isMine(uid: number): boolean {
  return process.geteuid === undefined || uid === process.geteuid();
}

function requirePlain(path: string, info: Stats): void {
  if (info.isFile()) return;
  const kind = kindOf(info);
  const fix = kind === 'a link' ? 'put the file itself there, or name it' : undefined;
  throw new FileRefused('EFTYPE', { where: path, what: `${kind}, not a plain file`, fix });
}

function kindOf(info: Stats): string {
  if (info.isSymbolicLink()) return 'a link';
  if (info.isDirectory()) return 'a folder';
  if (info.isFIFO()) return 'a pipe';
  return info.isSocket() ? 'a socket' : 'a device';
}

function requireLength(path: string, bytes: number, largest: number): void {
  if (bytes <= largest) return;
  throw new FileRefused('EFBIG', { where: path, what: `${bytes} bytes long`, expected: `at most ${largest} bytes` });
}

function look(path: string, links: Links): Stats {
  return links === 'refused' ? lstatSync(path) : statSync(path);
}

async function checked(file: FileHandle, check: (info: Stats) => void): Promise<FileHandle> {
  try {
    check(await file.stat());
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function asked<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw refusal(path, error);
  }
}

const words: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'cannot be read: no permission',
  EPERM: 'cannot be read: no permission',
};

/** An error of the system as a refusal; others as they are. */
function refusal(path: string, error: unknown): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (error instanceof UserError || syscall === undefined || code === undefined) return error;
  return new FileRefused(code, { where: path, what: words[code] ?? `cannot be read (${message})` });
}
