import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import { UserError } from '../core/errors.ts';
import { isRunEvent } from '../protocol/event_check.ts';
import type { RunEvent } from '../protocol/events.ts';
import { MetricsLines } from './metrics_line.ts';

/** Longest line that is read, in bytes. */
const longestLine = 16 * 2 ** 20;

const chunkSize = 2 ** 18;
const newline = 10;

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
  const file = await open(path, 'r').catch((error: Error) => {
    throw new UserError({ where: path, what: `cannot be read (${error.message})`, expected: 'the journal of a run' });
  });
  try {
    const place = { line: 0 };
    let seq = 0;
    const metrics = new MetricsLines();
    const chunks = file.createReadStream({ autoClose: false, highWaterMark: chunkSize });
    for await (const bytes of wholeLines(chunks, path, place)) {
      const events: RunEvent[] = [];
      metrics.setBytes(bytes);
      for (let at = 0; at < bytes.length; ) {
        place.line++;
        let event: RunEvent | undefined = metrics.read(at);
        const end = event ? metrics.end : bytes.indexOf(newline, at) + 1;
        event ??= parseLine(bytes.toString('utf8', at, end - 1), path, place.line);
        at = end;
        if (event.seq <= seq) throw malformed(path, place.line, `number ${event.seq} comes after ${seq}`);
        seq = event.seq;
        if (seq >= fromSeq) events.push(event);
      }
      if (events.length > 0) yield events;
    }
  } finally {
    await file.close();
  }
}

/** The lines that each chunk completes, with their newlines; `place` tells of the last line that was read. */
async function* wholeLines(
  chunks: AsyncIterable<Buffer>,
  path: string,
  place: { readonly line: number },
): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(newline) + 1;
    if (length + (end === 0 ? chunk.length : chunk.indexOf(newline)) > longestLine) {
      throw malformed(path, place.line + 1, `longer than ${longestLine} bytes`);
    }
    if (end === 0) {
      pieces.push(chunk);
      length += chunk.length;
      continue;
    }
    const bytes = Buffer.concat([...pieces, chunk.subarray(0, end)]);
    if (!isUtf8(bytes)) {
      const lines = bytes.toString('utf8').split('\n');
      const wrong = lines.findIndex((text) => text.includes('\ufffd'));
      throw malformed(path, place.line + 1 + wrong, 'not UTF-8');
    }
    yield bytes;
    pieces = [chunk.subarray(end)];
    length = pieces[0]!.length;
  }
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
