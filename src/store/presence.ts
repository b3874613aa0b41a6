import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile, realpath, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { writeFileAtomic } from '../core/files.ts';
import { heartbeatInterval, isLock, type LockRecord } from './lock_record.ts';
import type { RunLock } from './run_lock.ts';

/** Where to look for a run that is going: a note in a folder of the user's, which may vanish. The lock tells the truth. */
export interface IndexEntry extends LockRecord {
  readonly run: string;
  /** The run's folder, resolved. */
  readonly dir: string;
}

/** The kernel's limit is 104 to 108 bytes, depending on the system. */
const longestSocketPath = 100;

/** A run's entry in the index and the place of its socket, kept up while it is trained. */
export class Presence {
  /** Where the trainer is to listen; undefined where there is no safe place and nobody needs one. */
  readonly socket: string | undefined;
  readonly #lock: RunLock;
  readonly #run: string;
  readonly #dir: string;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  private constructor(run: string, lock: RunLock, dir: string, socket: string | undefined) {
    this.#run = run;
    this.#lock = lock;
    this.#dir = dir;
    this.socket = socket;
  }

  /**
   * Enters a run into the index before its trainer listens.
   * @param isWatched whether screens are to reach it
   * @throws UserError when they are, and there is no safe place for sockets
   */
  static async announce(run: string, lock: RunLock, isWatched: boolean): Promise<Presence> {
    const dir = await realpath(lock.folder);
    const [runtime] = await runtimeFolders();
    if (!runtime && isWatched) {
      const fix = 'set TMPDIR to a folder of your own with a short path';
      throw new UserError({ what: 'no safe folder for sockets', fix });
    }
    const id = createHash('sha256').update(dir).digest('hex').slice(0, 12);
    const presence = new Presence(run, lock, dir, runtime && join(runtime, `${id}.sock`));
    if (!runtime) await lock.tell(null);
    await presence.#enter();
    return presence;
  }

  /** From now on the lock says where the trainer listens, and all of it is put back where a cleaner takes it away. */
  async keep(listenAgain: () => Promise<void>): Promise<void> {
    if (this.socket !== undefined) await this.#lock.tell(this.socket);
    await this.#enter();
    this.#timer = setInterval(() => void this.#beat(listenAgain).catch(() => undefined), heartbeatInterval);
    this.#timer.unref();
  }

  /** Leaves everything: what is to be written is on disk. */
  async release(): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#timer);
    if (this.socket !== undefined) {
      await rm(this.socket, { force: true });
      await rm(entryOf(this.socket), { force: true });
    }
    await this.#lock.release();
  }

  async #beat(listenAgain: () => Promise<void>): Promise<void> {
    await this.#lock.renew();
    await this.#enter();
    if (!this.#isOver && this.socket !== undefined && !(await isThere(this.socket))) await listenAgain();
  }

  /** Writes the entry, or makes it younger, as what is old is cleaned away. A disk that refuses costs the entry only. */
  async #enter(): Promise<void> {
    if (this.socket === undefined || this.#isOver) return;
    const entry = entryOf(this.socket);
    const content: IndexEntry = { ...this.#lock.record, run: this.#run, dir: this.#dir };
    const now = new Date();
    try {
      await runtimeFolders();
      if (await isThere(entry)) await utimes(entry, now, now);
      else await writeFileAtomic(entry, JSON.stringify(content));
      if (await isThere(this.socket)) await utimes(this.socket, now, now);
    } catch {
      return;
    }
  }
}

/** Takes a run out of the index whose process is gone. */
export async function strikeOff(entry: string): Promise<void> {
  await rm(entry.replace(/\.json$/, '.sock'), { force: true });
  await rm(entry, { force: true });
}

/** The run that an index file names; undefined when it is not such a file. */
export async function readEntry(entry: string): Promise<IndexEntry | undefined> {
  try {
    const value = JSON.parse(await readFile(entry, 'utf8')) as IndexEntry;
    const { run, dir } = value;
    return isLock(value) && [run, dir].every((text) => typeof text === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Folders that hold index and sockets, the one for new runs first: `$XDG_RUNTIME_DIR/incline`, else
 * `<temporary folder>/incline-<user>`. Both are searched, since not every login sets the variable. Unsafe ones (of
 * another user, or open to others) are left out.
 */
export async function runtimeFolders(): Promise<string[]> {
  const user = process.getuid?.() ?? 0;
  const candidates = [join(process.env['XDG_RUNTIME_DIR'] ?? '', 'incline'), join(tmpdir(), `incline-${user}`)];
  const safe: string[] = [];
  for (const folder of candidates) if (isAbsolute(folder) && (await isSafe(folder, user))) safe.push(folder);
  return safe;
}

async function isSafe(folder: string, user: number): Promise<boolean> {
  if (Buffer.byteLength(join(folder, '0123456789ab.sock')) >= longestSocketPath) return false;
  await mkdir(folder, { mode: 0o700 }).catch(() => undefined);
  const info = await lstat(folder).catch(() => undefined);
  return info?.isDirectory() === true && info.uid === user && (info.mode & 0o077) === 0;
}

function entryOf(socket: string): string {
  return socket.replace(/\.sock$/, '.json');
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
