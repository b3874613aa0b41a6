import { randomUUID } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { link, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { UserError } from '../core/errors.ts';
import { asStorageError, StorageError, temporarySuffix } from '../core/files.ts';
import { fateOf, thisProcess } from '../core/process.ts';
import {
  heartbeatInterval,
  holderText,
  inodeOf,
  isCopied,
  isHeld,
  isSilent,
  isUnreadable,
  type LockRecord,
  lockPath,
  readLock,
  refusal,
} from './lock_record.ts';
import { isEarlierStart, ownJob } from './scheduled_job.ts';

export interface LockOptions {
  readonly clock: Clock;
  /** Take over the lock of another host, though it may be alive. */
  readonly force?: boolean;
  /** The holding that ends with this one: of the process that started this one. */
  readonly after?: string | undefined;
  /** Called with a sentence where another host's lock is watched for a while. */
  readonly onWait?: ((message: string) => void) | undefined;
}

/** How long an abandoned lock of another host is watched for signs of life, in milliseconds: clocks may differ. */
const watched = 3 * heartbeatInterval;

/**
 * The right to write to the folder of a run, which one process has at a time, wherever it runs. It stands there as a
 * file; that of a process that is gone is replaced.
 */
export class RunLock {
  /** Called once when another process has taken the lock over: this one may write nothing more. */
  onLost: (error: UserError) => void = () => undefined;
  #folder: string;
  readonly #clock: Clock;
  #record: LockRecord;
  /** Bytes of the file, which stay as many so that it can be written over in place. */
  #length: number;
  #isOver = false;
  #lost: UserError | undefined;

  private constructor(folder: string, record: LockRecord, clock: Clock) {
    this.#folder = folder;
    this.#record = record;
    this.#length = textOf(record).length;
    this.#clock = clock;
  }

  /** @throws UserError naming who writes there, StorageError when the disk refuses */
  static async acquire(folder: string, options: LockOptions): Promise<RunLock> {
    const now = options.clock.date().toISOString();
    const inode = inodeOf(folder);
    const made = { ...(inode !== undefined && { inode }), started: now, heartbeat: now };
    const record: LockRecord = { v: 1, id: randomUUID(), ...thisProcess(), ...ownJob(), ...made };
    const path = lockPath(folder);
    try {
      await occupy(path, record, options);
      return new RunLock(folder, record, options.clock);
    } catch (error) {
      throw asStorageError(path, error);
    }
  }

  get folder(): string {
    return this.#folder;
  }

  get record(): LockRecord {
    return this.#record;
  }

  /**
   * To be called before each write. A lock that vanished with its folder, or was removed by hand, is nobody else's.
   * @throws UserError when another process has taken it over; StorageError while another folder stands at the path of its own,
   * which was moved away
   */
  verify(): void {
    if (this.#lost) throw this.#lost;
    if (isCopied(this.#record, this.#folder)) {
      throw new StorageError(this.#folder, new Error('the folder of this run was moved away, and another stands here'));
    }
    const there = readLock(this.#path);
    if (this.#isOver || there === undefined || there.id === this.#record.id || isUnreadable(there)) return;
    const what = `${holderText(there)} has taken this run over`;
    this.#lost = new UserError({ where: this.#folder, what, fix: 'this process ends and writes nothing more' });
    this.#isOver = true;
    this.onLost(this.#lost);
    throw this.#lost;
  }

  /** The folder was moved, with the lock in it. */
  follow(folder: string): void {
    this.#folder = folder;
  }

  /**
   * A sign of life, put back where somebody removed it.
   * @throws UserError as `verify`; what the disk refuses is left for the next time
   */
  async renew(): Promise<void> {
    try {
      await this.#renew();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
    }
  }

  async #renew(): Promise<void> {
    this.verify();
    if (this.#isOver) return;
    this.#record = { ...this.#record, heartbeat: this.#clock.date().toISOString() };
    await this.#write().catch(() => undefined);
    this.verify();
  }

  /** Says where the trainer listens, or that nobody can reach it. */
  async tell(socket: string | null): Promise<void> {
    this.#record = { ...this.#record, socket };
    await this.renew();
  }

  async release(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    if (readLock(this.#path)?.id === this.#record.id) await rm(this.#path, { force: true }).catch(() => undefined);
  }

  get #path(): string {
    return lockPath(this.#folder);
  }

  async #write(): Promise<void> {
    const text = textOf(this.#record, this.#length);
    this.#length = text.length;
    const file = await open(this.#path, constants.O_RDWR | constants.O_NOFOLLOW).catch(() => undefined);
    if (!file) return void (await place(this.#path, this.#record));
    try {
      // Replacing the file instead could undo a take-over; what is written over is one's own.
      const there = (await file.read(Buffer.alloc(text.length))).buffer.toString();
      if (there.includes(this.#record.id)) await file.write(text, 0);
    } finally {
      // On network file systems others see it from here on.
      await file.close();
    }
  }
}

/** Carries out a change of a run's folder that no trainer may see half done. @throws UserError when the run is being trained */
export async function whileLocked<T>(
  folder: string,
  options: LockOptions,
  work: (lock: RunLock) => Promise<T>,
): Promise<T> {
  const lock = await RunLock.acquire(folder, options);
  try {
    return await work(lock);
  } finally {
    await lock.release();
  }
}

/** Takes away the lock of another host's trainer that worked in a job which its scheduler says is over. */
export async function releaseJob(folder: string, job: string, clock: Clock): Promise<void> {
  const lock = readLock(lockPath(folder));
  if (lock?.job !== job || fateOf(lock) !== 'elsewhere') return;
  await whileLocked(folder, { clock, after: lock.id }, async () => undefined);
}

/** Puts a lock at a path, in the place of one whose holder is gone if need be. @throws UserError when it is held */
async function occupy(path: string, record: LockRecord, options: LockOptions): Promise<void> {
  for (;;) {
    if (await place(path, record)) return;
    const other = readLock(path);
    if (!other) continue;
    if (!isEarlierStart(other, record)) await requireAbandoned(path, other, options);
    // Of several that see it abandoned one may replace it: the one that holds the lock of replacing this very lock.
    const claim = hidden(path, other.id);
    await occupy(claim, record, options);
    try {
      if (readLock(path)?.id === other.id) {
        await replace(path, record);
        return;
      }
    } finally {
      await rm(claim, { force: true });
    }
  }
}

/** @throws UserError when the holder of a lock is, or may be, alive */
async function requireAbandoned(path: string, lock: LockRecord, options: LockOptions): Promise<void> {
  const { clock, force = false, after, onWait } = options;
  if (lock.id === after || isCopied(lock, dirname(path))) return;
  const isAway = fateOf(lock) === 'elsewhere';
  if (isAway && force) return;
  if (isHeld(lock, clock)) throw refusal(dirname(path), lock);
  if (!isAway || !isSilent(lock, clock)) return;
  onWait?.(
    `${holderText(lock)} gave no sign of life since ${lock.heartbeat}; watching its lock for ${watched / 1000} s`,
  );
  const until = clock.now() + watched;
  while (clock.now() < until) {
    await clock.sleep(1000);
    const now = readLock(path);
    if (now?.id !== lock.id) return;
    if (now.heartbeat !== lock.heartbeat) throw refusal(dirname(path), now);
  }
}

/** Puts a file where none is, at once and whole; @returns whether none was */
async function place(path: string, record: LockRecord): Promise<boolean> {
  const draft = await drafted(path, record);
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    // Another has started here, and swept what seemed to be left over.
    if (code === 'ENOENT' && existsSync(dirname(path))) return false;
    if (!['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'].includes(code)) throw error;
    return placeWithoutLinks(path, record);
  } finally {
    await rm(draft, { force: true });
  }
}

/** For file systems without hard links: for a moment the file is there and empty. */
async function placeWithoutLinks(path: string, record: LockRecord): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(textOf(record)).finally(() => file.close());
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function replace(path: string, record: LockRecord): Promise<void> {
  await rename(await drafted(path, record), path);
}

async function drafted(path: string, record: LockRecord): Promise<string> {
  const draft = hidden(path, randomUUID());
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(textOf(record));
    await file.sync();
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  return draft;
}

/** A file beside another, which the next trainer sweeps up if it is left over. */
function hidden(path: string, id: string): string {
  return join(dirname(path), `.${basename(path)}.${id}${temporarySuffix}`);
}

/** The heartbeat comes last, so that a reader never meets anything else half written. */
function textOf({ heartbeat, ...record }: LockRecord, length = 0): string {
  return `${JSON.stringify({ ...record, heartbeat })}\n`.padEnd(length);
}
