import type { Line } from '../../plot/text.ts';
import { type Cells, cellsOf, joined, type Paint, type Row, rowText, rowUpdate } from './cells.ts';

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

/** Rows from the top, and how they come out. */
interface Frame {
  readonly rows: readonly Row[];
  readonly paint: Paint;
}

/** A row as the terminal shows it; one of which cells cannot be told as text. */
interface Shown {
  readonly row: Row;
  readonly cells: Cells | undefined;
  readonly text: string | undefined;
}

/**
 * Shows frames: only the cells that differ from what the terminal shows are sent, at absolute places.
 * A frame that comes while the terminal has not taken the last one waits until it has, and gives way to a newer one.
 */
export class FrameOutput {
  bytes = 0;
  /** Frames of which something was sent. */
  frames = 0;
  readonly #terminal: Terminal;
  #shown: readonly Shown[] = [];
  #paint: Paint | undefined;
  /** Cells of lines in the paint; lines that stay as they are keep them. */
  #cells = new WeakMap<Line, Cells | 'wide'>();
  #waiting: Frame | undefined;
  #listening = false;
  #open = true;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(rows: readonly Row[], paint: Paint): void {
    if (!this.#open || rows.length === 0) return;
    if (!this.#terminal.writableNeedDrain) {
      this.#send(rows, paint);
      return;
    }
    if (!this.#listening) this.#terminal.once('drain', () => this.#resume());
    this.#listening = true;
    this.#waiting = { rows, paint };
  }

  /**
   * Forgets what the terminal shows: the next frame is sent whole, over whatever is there, without clearing it first.
   * A frame that waits was made for a terminal as it was, and is not sent any more.
   */
  invalidate(): void {
    this.#shown = [];
    this.#waiting = undefined;
  }

  /** Sends nothing more until `reopen`. */
  close(): void {
    this.#open = false;
    this.invalidate();
  }

  reopen(): void {
    this.#open = true;
  }

  #resume(): void {
    this.#listening = false;
    const frame = this.#waiting;
    this.#waiting = undefined;
    if (frame) this.show(frame.rows, frame.paint);
  }

  #send(rows: readonly Row[], paint: Paint): void {
    const fresh = this.#shown.length === 0;
    const repainted = paint !== this.#paint;
    if (repainted) this.#cells = new WeakMap();
    this.#paint = paint;
    // Nothing lies below a frame that fills the terminal: what does is erased with its last row, which is drawn again.
    let out = fresh ? `\x1b[0m\x1b[${rows.length};1H${eraseBelow}` : '';
    const height = Math.max(rows.length, this.#shown.length);
    this.#shown = Array.from({ length: height }, (_, y) => {
      const [row, before] = [rows[y] ?? [], this.#shown[y]];
      if (before && !repainted && sameLines(row, before.row)) return before;
      const after = this.#painted(row, paint);
      out += update(y, before, after, () => rowText(row, paint));
      return after;
    }).slice(0, rows.length);
    if (out === '') return;
    this.frames += 1;
    const text = beginSynchronized + out + endSynchronized;
    this.bytes += Buffer.byteLength(text);
    this.#terminal.write(text);
  }

  #painted(row: Row, paint: Paint): Shown {
    const cells = row.map((line) => this.#cellsOf(line, paint));
    const isWide = cells.includes('wide');
    return isWide
      ? { row, cells: undefined, text: rowText(row, paint) }
      : { row, cells: joined(cells as Cells[]), text: undefined };
  }

  #cellsOf(line: Line, paint: Paint): Cells | 'wide' {
    const known = this.#cells.get(line);
    if (known) return known;
    const cells = cellsOf(line, paint) ?? 'wide';
    this.#cells.set(line, cells);
    return cells;
  }
}

/** What to send so that row `y` shows `after`; its whole text where single cells cannot be told apart. */
function update(y: number, before: Shown | undefined, after: Shown, text: () => string): string {
  if (before?.cells && after.cells) return rowUpdate(y, before.cells, after.cells);
  if (before?.text !== undefined && before.text === after.text) return '';
  // Erased first: at the end of a full row that would take the last cell away.
  return `\x1b[${y + 1};1H${eraseToEnd}${text()}\x1b[0m`;
}

function sameLines(a: Row, b: Row): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index]);
}
