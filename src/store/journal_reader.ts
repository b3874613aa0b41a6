import { isUtf8 } from 'node:buffer';
import { basename, dirname, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { wholeLines } from '../core/lines.ts';
import { openPlain } from '../core/plain_files.ts';
import type { RunEvent } from '../protocol/events.ts';
import { eventIn, longestLine } from './journal_line.ts';

const chunkSize = 2 ** 18;

/** The lines of a journal that cannot be read, as a reader passes over them. */
export class DamagedLines {
  readonly #lines: number[] = [];
  /** What is wrong with the first of them; undefined where none is damaged. */
  first: UserError | undefined;
  /** Number of the last event that was read. */
  after = 0;

  add(line: number, error: UserError): void {
    this.first ??= error;
    this.#lines.push(line);
  }

  /** How many they are and where, in one sentence; undefined where there are none. */
  sentence(path: string): string | undefined {
    const count = this.#lines.length;
    if (count === 0) return undefined;
    const numbers = `${this.#lines.slice(0, mostNumbers).join(', ')}${count > mostNumbers ? ', …' : ''}`;
    return count === 1
      ? `${basename(path)}: line ${numbers} cannot be read: it stays as written, and is passed over`
      : `${basename(path)}: ${count} lines (${numbers}) cannot be read: they stay as written, and are passed over`;
  }
}

/** Most numbers of damaged lines that are told. */
const mostNumbers = 8;

/**
 * Events of a journal file in batches, oldest first, in memory bounded by the longest line. A last line without its
 * newline is torn, or still being written, and left out. A run is called as its folder is.
 * @param damaged takes lines that cannot be read, which are passed over then
 * @throws UserError naming file and line when a line is too long, or, without `damaged`, is not an event or does not rise in number
 */
export async function* readJournal(path: string, damaged?: DamagedLines): AsyncGenerator<RunEvent[]> {
  const file = await openPlain(path);
  const run = basename(dirname(resolve(path)));
  let line = 0;
  try {
    let seq = 0;
    const chunks = file.createReadStream({ autoClose: false, highWaterMark: chunkSize });
    for await (const bytes of wholeLines(chunks, longestLine)) {
      const events: RunEvent[] = [];
      const isText = isUtf8(bytes);
      for (const text of bytes.toString('utf8', 0, bytes.length - 1).split('\n')) {
        line++;
        const event = parseLine(text, isText, seq);
        if (typeof event === 'string') {
          const error = malformed(path, line, event);
          if (!damaged) throw error;
          damaged.add(line, error);
          continue;
        }
        seq = event.seq;
        // A folder that was copied or moved is another run than the one that wrote it.
        events.push(event.type === 'run_started' ? { ...event, run } : event);
      }
      if (damaged) damaged.after = seq;
      if (events.length > 0) yield events;
    }
  } catch (error) {
    throw error instanceof RangeError ? malformed(path, line + 1, error.message) : error;
  } finally {
    await file.close();
  }
}

/** The event of a line, or what is wrong with it. @param after number of the event before */
function parseLine(text: string, isText: boolean, after: number): RunEvent | string {
  if (!isText && text.includes('\ufffd')) return 'not UTF-8';
  const event = eventIn(text);
  return typeof event === 'string' || event.seq > after ? event : `number ${event.seq} comes after ${after}`;
}

function malformed(path: string, line: number, what: string): UserError {
  return new UserError({
    where: `${path}:${line}`,
    what,
    expected: 'one event a line',
    fix: 'the journal is damaged there',
  });
}
