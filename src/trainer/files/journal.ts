import { type FileHandle, open } from 'node:fs/promises';
import type { Clock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';
import { asStorageError } from '../../core/files.ts';
import { isRunEvent } from '../../protocol/event_check.ts';
import type { EventBody, RunEvent } from '../../protocol/events.ts';

/** Longest last line that is looked for when a journal is continued, in bytes. */
const longestLine = 16 * 2 ** 20;

/**
 * Appends the events of a run to its journal, one JSON object a line. Events are stamped at once and written, in order,
 * by `flush`. A line counts once its newline is on disk; a torn last line is cut off.
 */
export class JournalWriter {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #clock: Clock;
  /** Bytes of whole lines on disk. Writing at this position again repairs what a failed write tore. */
  #length: number;
  #seq: number;
  #unwritten: RunEvent[] = [];
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle, clock: Clock, end: { length: number; seq: number }) {
    this.#path = path;
    this.#file = file;
    this.#clock = clock;
    this.#length = end.length;
    this.#seq = end.seq;
  }

  /**
   * Starts a journal that only its owner can read, or continues the one that stands there.
   * @throws StorageError when the disk refuses; UserError when the last line is no event
   */
  static async open(path: string, clock: Clock): Promise<JournalWriter> {
    try {
      // Neither appending nor truncating: lines are written at positions of our choice.
      const file = await open(path, 'a', 0o600).then(async (created) => {
        await created.close();
        return open(path, 'r+');
      });
      try {
        const end = await lastEvent(file, path);
        await file.truncate(end.length);
        return new JournalWriter(path, file, clock, end);
      } catch (error) {
        await file.close();
        throw error;
      }
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
    const events = this.#unwritten.slice();
    const bytes = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    try {
      // Writing to a file that has been removed succeeds, into nowhere.
      if ((await this.#file.stat()).nlink === 0) {
        throw Object.assign(new Error('the file was removed'), { code: 'ENOENT', syscall: 'write' });
      }
      let written = 0;
      while (written < bytes.length) {
        const rest = bytes.length - written;
        written += (await this.#file.write(bytes, written, rest, this.#length + written)).bytesWritten;
      }
      this.#length += bytes.length;
      this.#unwritten = this.#unwritten.slice(events.length);
      if (sync) await this.#file.sync();
    } catch (error) {
      throw asStorageError(this.#path, error);
    }
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

/** Where the last whole line of a journal ends, and its sequence number (0 for an empty journal). */
async function lastEvent(file: FileHandle, path: string): Promise<{ length: number; seq: number }> {
  const { size } = await file.stat();
  const tail = Buffer.alloc(Math.min(size, longestLine));
  const { bytesRead } = await file.read(tail, 0, tail.length, size - tail.length);
  const end = tail.subarray(0, bytesRead).lastIndexOf('\n');
  const length = size - tail.length + end + 1;
  if (length === 0) return { length, seq: 0 };
  const start = end <= 0 ? 0 : tail.lastIndexOf('\n', end - 1) + 1;
  try {
    const event: unknown = JSON.parse(tail.toString('utf8', start, Math.max(start, end)));
    if (isRunEvent(event)) return { length, seq: event.seq };
  } catch {
    // Said below.
  }
  throw new UserError({ where: path, what: 'its last line is not an event', fix: 'resume into a new run instead' });
}
