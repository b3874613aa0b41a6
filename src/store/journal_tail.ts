import { wholeLines } from '../core/lines.ts';
import { openPlain } from '../core/plain_files.ts';
import type { RunEvent } from '../protocol/events.ts';
import { eventsIn, longestLine } from './journal_line.ts';

/** Follows a journal that a run is writing: what has come since the last look, without what is no event. */
export class JournalTail {
  readonly #path: string;
  #file = '';
  /** Bytes of whole lines that were read. */
  #read = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Events since the last look, in batches. A last line without its newline waits for the next.
   * @param onAnew called where another file stands there, or it was cut off: all of it follows
   * @throws FileRefused when there is none, or it is not to be opened
   */
  async *next(onAnew: () => void): AsyncGenerator<RunEvent[]> {
    const file = await openPlain(this.#path);
    try {
      const { size, ino, dev } = await file.stat();
      const identity = `${dev} ${ino}`;
      if (identity !== this.#file || size < this.#read) {
        this.#file = identity;
        this.#read = 0;
        onAnew();
      }
      if (size === this.#read) return;
      const chunks = file.createReadStream({ autoClose: false, start: this.#read, end: size - 1 });
      for await (const bytes of wholeLines(chunks, longestLine)) {
        this.#read += bytes.length;
        yield eventsIn(bytes.toString('utf8').split('\n'));
      }
    } finally {
      await file.close();
    }
  }
}
