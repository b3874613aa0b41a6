/** An event of a recording: seconds since its beginning, what it is, and its data. */
interface CastEvent {
  readonly time: number;
  readonly code: string;
  readonly data: string;
}

export interface Cast {
  readonly columns: number;
  readonly rows: number;
  readonly header: Readonly<Record<string, unknown>>;
  readonly events: readonly CastEvent[];
}

/**
 * Reads a recording as https://docs.asciinema.org/manual/asciicast/v3 says: lines of JSON, first an object with `version`
 * and `term.cols` and `term.rows`, then `[interval, code, data]` with the seconds since the event before; lines that begin
 * with # are comments. @throws Error where it is none
 */
export function readCast(text: string): Cast {
  const [first = '', ...lines] = text.split('\n');
  const header = JSON.parse(first) as Record<string, unknown>;
  const { cols, rows } = (header['term'] ?? {}) as Record<string, unknown>;
  if (header['version'] !== 3) throw new Error(`version ${header['version']}, not 3`);
  if (!isCount(cols) || !isCount(rows)) throw new Error('no size of the terminal');
  let time = 0;
  const events = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line, index): CastEvent => {
      const event: unknown = JSON.parse(line);
      const [interval, code, data] = Array.isArray(event) && event.length === 3 ? event : [];
      if (typeof interval !== 'number' || interval < 0 || typeof code !== 'string' || typeof data !== 'string')
        throw new Error(`event ${index + 1} is no [interval, code, data]: ${line}`);
      // Other codes may come in later versions, and are passed over.
      if (code === 'r' && !/^\d+x\d+$/.test(data)) throw new Error(`event ${index + 1}: ${data} is no size`);
      if (code === 'x' && !/^\d+$/.test(data)) throw new Error(`event ${index + 1}: ${data} is no exit status`);
      // Sums of seconds are whole microseconds again.
      time = Math.round((time + interval) * 1e6) / 1e6;
      return { time, code, data };
    });
  return { columns: cols, rows, header, events };
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0;
}
