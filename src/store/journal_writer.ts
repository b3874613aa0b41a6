import { type FileHandle, lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { UserError } from '../core/errors.ts';
import { asStorageError, StorageError } from '../core/files.ts';
import { openOwn } from '../core/plain_files.ts';
import type { EventBody, RunEvent } from '../protocol/events.ts';
import { eventIn, longestLine } from './journal_line.ts';

/**
 * Appends the events of a run to its journal, one JSON object a line. Events are stamped at once and written, in order,
 * by `flush`. A line counts once its newline is on disk; a torn last line is cut off. Where another program cut the file off,
 * replaced or removed it, the journal goes on in what stands there now, and `onDisturbed` may append what was lost.
 */
export class JournalWriter {
  readonly #path: string;
  #file: FileHandle;
  readonly #clock: Clock;
  /** Bytes of whole lines on disk. Writing at this position again repairs what a failed write tore. */
  #length: number;
  #seq: number;
  /** Called when another program has changed the file. */
  onDisturbed: () => void = () => undefined;
  /** Called before another file is taken in the place of this one; throws where that is not for this run to write to. */
  beforeAnother: () => void = () => undefined;
  /** Step of the last event when it was opened. */
  readonly step: number;
  #unwritten: RunEvent[] = [];
  /** What was written last, and where it begins. */
  #last: { readonly events: readonly RunEvent[]; readonly start: number } = { events: [], start: 0 };
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle, clock: Clock, end: JournalEnd) {
    this.#path = path;
    this.#file = file;
    this.#clock = clock;
    this.#length = end.length;
    this.#seq = end.seq;
    this.step = end.step;
  }

  /**
   * Starts a journal that only its owner can read, or continues the one that stands there.
   * @param seq number of an event that those to come follow, should the last one's be smaller
   * @throws StorageError when the disk refuses; UserError when the last line is no event
   */
  static async open(path: string, clock: Clock, seq = 0): Promise<JournalWriter> {
    try {
      const { file, end } = await openAtEnd(path);
      return new JournalWriter(path, file, clock, { ...end, seq: Math.max(end.seq, seq) });
    } catch (error) {
      throw asStorageError(path, error);
    }
  }

  /** Events that are not on disk yet, oldest first. */
  get unwritten(): readonly RunEvent[] {
    return this.#unwritten;
  }

  /** Stamps an event and queues it. Numbers that are not finite become null, with a `reason` naming them. */
  append(body: EventBody): RunEvent {
    const event = { v: 1, seq: ++this.#seq, time: this.#clock.date().toISOString(), ...finiteBody(body) } as const;
    this.#unwritten.push(event);
    return event;
  }

  /**
   * Writes what was appended so far, in one piece.
   * @param options.sync waits until it would survive a power cut
   * @throws StorageError when the disk refuses; nothing is lost, flush again to retry
   */
  flush(options: { readonly sync?: boolean } = {}): Promise<void> {
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#write(options.sync ?? false));
    return this.#writing;
  }

  /** Writes the rest and closes the file. @throws StorageError when the disk refuses; the file is closed all the same */
  async close(): Promise<void> {
    try {
      await this.flush({ sync: true });
    } finally {
      await this.#file.close();
    }
  }

  async #write(sync: boolean): Promise<void> {
    try {
      if (await this.#isDisturbed()) await this.#goOnInWhatIsThere();
      const events = this.#unwritten.slice();
      const bytes = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
      let written = 0;
      while (written < bytes.length) {
        const rest = bytes.length - written;
        written += (await this.#file.write(bytes, written, rest, this.#length + written)).bytesWritten;
      }
      if (events.length > 0) this.#last = { events, start: this.#length };
      this.#length += bytes.length;
      this.#unwritten = this.#unwritten.slice(events.length);
      if (sync) await this.#file.sync();
    } catch (error) {
      throw asStorageError(this.#path, error);
    }
  }

  /** Whether the file is not as it was left. Writing on then would succeed, into nowhere or behind a hole. */
  async #isDisturbed(): Promise<boolean> {
    const { nlink, size, ino, dev } = await this.#file.stat();
    if (nlink === 0 || size < this.#length || (await this.#takeBackBehindHole())) return true;
    const there = await lstat(this.#path).catch(() => undefined);
    // A folder that was moved takes its journal along.
    if (!there) return (await lstat(dirname(this.#path)).catch(() => undefined)) !== undefined;
    return there.ino !== ino || there.dev !== dev;
  }

  /**
   * Another program may cut the file off within a write, of which the lines then lie behind a hole: both are cut off, and
   * the lines are to be written again. @returns whether it was so
   */
  async #takeBackBehindHole(): Promise<boolean> {
    const { events, start } = this.#last;
    if (start === 0) return false;
    const byte = Buffer.alloc(1);
    await this.#file.read(byte, 0, 1, start - 1);
    if (byte[0] !== 0) return false;
    const before = Buffer.alloc(Math.min(start, longestLine));
    await this.#file.read(before, 0, before.length, start - before.length);
    await this.#file.truncate(start - before.length + before.findLastIndex((one) => one !== 0) + 1);
    this.#unwritten = [...events, ...this.#unwritten];
    return true;
  }

  async #goOnInWhatIsThere(): Promise<void> {
    this.beforeAnother();
    const { file, end } = await openAtEnd(this.#path).catch((error: Error) => {
      if (!(error instanceof UserError)) throw error;
      throw refusedFor(this.#path, error.complaint.what);
    });
    const next = this.#unwritten[0]?.seq ?? this.#seq + 1;
    if (end.seq >= next) {
      await file.close();
      throw refusedFor(this.#path, 'another journal was put in its place');
    }
    await this.#file.close();
    this.#file = file;
    this.#length = end.length;
    this.#last = { events: [], start: 0 };
    this.onDisturbed();
  }
}

/** A trouble of the disk, which may pass. */
function refusedFor(path: string, what: string): StorageError {
  return new StorageError(path, Object.assign(new Error(what), { code: 'EINVAL' }));
}

/** Opens a journal where it ends; one is made that only its owner can read where there is none. */
async function openAtEnd(path: string): Promise<{ file: FileHandle; end: JournalEnd }> {
  // Neither appending nor truncating: lines are written at positions of our choice.
  const file = await openOwn(path);
  try {
    const end = await lastEvent(file, path);
    await file.truncate(end.length);
    return { file, end };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function finiteBody(body: EventBody): EventBody {
  const reasons: string[] = [];
  const finite = withoutNonFinite(body, '', reasons) as EventBody;
  // The end of a run has a `reason` of its own; there the summary holds the numbers and says why some are missing.
  if (finite.type === 'run_finished') return { ...finite, summary: { ...finite.summary, ...reasonOf(reasons) } };
  return { ...finite, ...reasonOf(reasons) };
}

/** A deep copy with null for numbers that are not finite; `reasons` gains `<name> is NaN` for each. */
function withoutNonFinite(value: unknown, name: string, reasons: string[]): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    reasons.push(`${name} is ${value}`);
    return null;
  }
  if (Array.isArray(value)) return value.map((inner, i) => withoutNonFinite(inner, `${name}[${i}]`, reasons));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withoutNonFinite(inner, name ? `${name}.${key}` : key, reasons)]),
  );
}

function reasonOf(reasons: readonly string[]): { reason?: string } {
  return reasons.length === 0 ? {} : { reason: reasons.join(', ') };
}

/** Where the last whole line of a journal ends, its sequence number and step; 0 for an empty journal. */
interface JournalEnd {
  readonly length: number;
  readonly seq: number;
  readonly step: number;
}

async function lastEvent(file: FileHandle, path: string): Promise<JournalEnd> {
  const { size } = await file.stat();
  const tail = Buffer.alloc(Math.min(size, longestLine));
  const { bytesRead } = await file.read(tail, 0, tail.length, size - tail.length);
  const end = tail.subarray(0, bytesRead).lastIndexOf('\n');
  const length = size - tail.length + end + 1;
  if (length === 0) return { length, seq: 0, step: 0 };
  const start = end <= 0 ? 0 : tail.lastIndexOf('\n', end - 1) + 1;
  const event = eventIn(tail.toString('utf8', start, Math.max(start, end)));
  if (typeof event !== 'string') return { length, seq: event.seq, step: event.step };
  throw new UserError({ where: path, what: 'its last line is not an event', fix: 'resume into a new run instead' });
}
