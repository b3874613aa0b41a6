import { toAnsi } from '../../plot/ansi.ts';
import { type Pen, penChange, penned, plainPen, samePen } from '../../plot/pen.ts';
import { type Line, toAscii } from '../../plot/text.ts';
import type { Look } from './look.ts';

/** A row of the screen: lines side by side, each the same object as before while it shows the same. */
export type Row = readonly Line[];

/** How rows come out. */
export type Paint = Pick<Look, 'depth' | 'theme' | 'glyphs'>;

/** One cell of the terminal: a symbol and how it is drawn. */
export interface Cell {
  readonly symbol: string;
  readonly pen: Pen;
}

const blank: Cell = { symbol: ' ', pen: plainPen };

/** The cells of a line; undefined when a symbol may take other than one cell. */
export function cellsOf(line: Line, paint: Paint): readonly Cell[] | undefined {
  const cells: Cell[] = [];
  for (const { text, pen } of penned(inGlyphs(line, paint), paint)) {
    // No symbol of one cell is a pair of surrogates.
    for (let at = 0; at < text.length; at++) {
      if (!oneCell.test(text[at]!)) return undefined;
      cells.push({ symbol: text[at]!, pen });
    }
  }
  return cells;
}

/** A row as text with colour sequences. */
export function rowText(row: Row, paint: Paint): string {
  return row.map((line) => toAnsi([inGlyphs(line, paint)], paint)).join('');
}

function inGlyphs(line: Line, { glyphs }: Paint): Line {
  return glyphs === 'ascii' ? toAscii([line])[0]! : line;
}

/**
 * What to send so that a row which shows `before` shows `after`, cursor movements included; both start at column 0 of row
 * `y`. Runs of changed cells are sent, and short unchanged stretches between them, which cost less than moving the cursor.
 */
export function rowUpdate(y: number, before: readonly Cell[], after: readonly Cell[]): string {
  const width = Math.max(before.length, after.length);
  let out = '';
  let pen = plainPen;
  let cursor = -1;
  for (let x = 0; x < width; x++) {
    const cell = after[x] ?? blank;
    if (sameCell(before[x] ?? blank, cell)) continue;
    if (cursor === -1 || x - cursor > shortMove) out += `\x1b[${y + 1};${x + 1}H`;
    else {
      for (let between = cursor; between < x; between++) {
        const kept = after[between] ?? blank;
        out += penChange(pen, kept.pen) + kept.symbol;
        pen = kept.pen;
      }
    }
    out += penChange(pen, cell.pen) + cell.symbol;
    pen = cell.pen;
    cursor = x + 1;
  }
  return out + penChange(pen, plainPen);
}

/** Unchanged cells up to which it is cheaper to send them again than to move the cursor past them. */
const shortMove = 3;

function sameCell(a: Cell, b: Cell): boolean {
  return a.symbol === b.symbol && samePen(a.pen, b.pen);
}

/** Symbols that every terminal draws one cell wide: Latin, Greek, and the blocks that plots are made of. */
const oneCell =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u03ff\u2010-\u2027\u2030-\u205e\u2070-\u209c\u2190-\u21ff\u2200-\u22ff\u2500-\u25ff\u2713-\u2717\u2800-\u28ff]$/u;
