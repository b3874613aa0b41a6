import type { Cell } from './cells.ts';
import { cellsOf, rowUpdate } from './cells.ts';

/** The part of a terminal that frames are written to. */
export interface Terminal {
  readonly writableNeedDrain: boolean;
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

const beginSynchronized = '\x1b[?2026h';
const endSynchronized = '\x1b[?2026l';
const eraseToEnd = '\x1b[K';
const eraseBelow = '\x1b[J';

/**
 * Shows frames: only the cells that differ from what the terminal shows are sent, at absolute places.
 * A frame that comes while the terminal has not taken the last one waits until it has, and gives way to a newer one.
 */
export class FrameOutput {
  bytes = 0;
  frames = 0;
  readonly #terminal: Terminal;
  #shown: readonly string[] = [];
  #cells = new Map<number, Cell[] | undefined>();
  #waiting: readonly string[] | undefined;
  #open = true;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Takes a frame: rows of text with colour sequences, from the top. */
  show(rows: readonly string[]): void {
    if (!this.#open || rows.length === 0) return;
    if (!this.#terminal.writableNeedDrain) {
      this.#send(rows);
      return;
    }
    if (this.#waiting === undefined) this.#terminal.once('drain', () => this.#resume());
    this.#waiting = rows;
  }

  /** Forgets what the terminal shows: the next frame is sent whole, over whatever is there, without clearing it first. */
  invalidate(): void {
    this.#shown = [];
    this.#cells.clear();
  }

  /** Sends nothing more until `reopen`. */
  close(): void {
    this.#open = false;
    this.#waiting = undefined;
  }

  reopen(): void {
    this.#open = true;
    this.invalidate();
  }

  #resume(): void {
    const rows = this.#waiting;
    this.#waiting = undefined;
    if (rows) this.show(rows);
  }

  #send(rows: readonly string[]): void {
    const fresh = this.#shown.length === 0;
    let out = fresh ? '\x1b[0m' : '';
    for (let y = 0; y < Math.max(rows.length, this.#shown.length); y++) out += this.#row(y, rows[y] ?? '', fresh);
    if (fresh) out += `\x1b[${rows.length + 1};1H${eraseBelow}`;
    this.#shown = rows;
    this.frames += 1;
    if (out === '') return;
    const text = beginSynchronized + out + endSynchronized;
    this.bytes += Buffer.byteLength(text);
    this.#terminal.write(text);
  }

  #row(y: number, row: string, fresh: boolean): string {
    if (this.#shown[y] === row) return '';
    const before = fresh ? undefined : this.#cells.get(y);
    const after = cellsOf(row);
    this.#cells.set(y, after);
    if (before && after) return rowUpdate(y, before, after);
    // Erased first: at the end of a full row that would take the last cell away.
    return `\x1b[${y + 1};1H${eraseToEnd}${row}\x1b[0m`;
  }
}
