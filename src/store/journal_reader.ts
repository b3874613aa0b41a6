import { isUtf8 } from 'node:buffer';
import { UserError } from '../core/errors.ts';
import { wholeLines } from '../core/lines.ts';
import { openPlain } from '../core/plain_files.ts';
import { isRunEvent } from '../protocol/event_check.ts';
import type { RunEvent } from '../protocol/events.ts';
import { asToldToday } from './old_names.ts';

/** Longest line that is read, in bytes. */
const longestLine = 16 * 2 ** 20;

const chunkSize = 2 ** 18;

/**
 * Events of a journal file in batches, oldest first, in memory bounded by the longest line. A last line without its
 * newline is torn, or still being written, and left out.
 * @param options.fromSeq leaves out earlier events
 * @throws UserError naming file and line when a line is not an event, is too long, or sequence numbers do not rise
 */
export async function* readJournal(
  path: string,
  options: { readonly fromSeq?: number } = {},
): AsyncGenerator<RunEvent[]> {
  const { fromSeq = 0 } = options;
  const file = await openPlain(path);
  const place = { line: 0 };
  try {
    let seq = 0;
    const chunks = file.createReadStream({ autoClose: false, highWaterMark: chunkSize });
    for await (const bytes of wholeLines(chunks, longestLine)) {
      requireUtf8(bytes, path, place);
      const events: RunEvent[] = [];
      for (const text of bytes.toString('utf8', 0, bytes.length - 1).split('\n')) {
        place.line++;
        const event = asToldToday(parseLine(text, path, place.line));
        if (event.seq <= seq) throw malformed(path, place.line, `number ${event.seq} comes after ${seq}`);
        seq = event.seq;
        if (seq >= fromSeq) events.push(event);
      }
      if (events.length > 0) yield events;
    }
  } catch (error) {
    throw error instanceof RangeError ? malformed(path, place.line + 1, error.message) : error;
  } finally {
    await file.close();
  }
}

/** @throws UserError naming the line that is not UTF-8, of those after the one that `place` tells of */
function requireUtf8(bytes: Buffer, path: string, place: { readonly line: number }): void {
  if (isUtf8(bytes)) return;
  const lines = bytes.toString('utf8').split('\n');
  const wrong = lines.findIndex((text) => text.includes('\ufffd'));
  throw malformed(path, place.line + 1 + wrong, 'not UTF-8');
}

function parseLine(text: string, path: string, line: number): RunEvent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed(path, line, 'not JSON');
  }
  if (!isRunEvent(value)) throw malformed(path, line, 'not an event of a run');
  return value;
}

function malformed(path: string, line: number, what: string): UserError {
  return new UserError({
    where: `${path}:${line}`,
    what,
    expected: 'one event a line',
    fix: 'the journal is damaged there',
  });
}
