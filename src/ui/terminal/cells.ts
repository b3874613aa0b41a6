import { toAnsi } from '../../plot/ansi.ts';
import { type Pen, penChange, penned, plainPen, samePen } from '../../plot/pen.ts';
import type { Line } from '../../plot/text.ts';
import { toAscii } from '../../plot/to_ascii.ts';
import type { Look } from './look.ts';

/** A row of the screen: lines side by side, each the same object as before while it shows the same. */
export type Row = readonly Line[];

/** How rows come out. */
export type Paint = Pick<Look, 'depth' | 'theme' | 'glyphs'>;

/** Cells of the terminal: a symbol each, and for each the pen that draws it. */
export interface Cells {
  readonly text: string;
  readonly pens: readonly Pen[];
}

/** The cells of a line; undefined when a symbol may take other than one cell. */
export function cellsOf(line: Line, paint: Paint): Cells | undefined {
  const stretches = penned(inGlyphs(line, paint), paint);
  // No symbol of one cell is a pair of surrogates.
  if (!stretches.every(({ text }) => oneCellEach.test(text))) return undefined;
  const text = stretches.map((stretch) => stretch.text).join('');
  const pens = new Array<Pen>(text.length);
  let at = 0;
  for (const stretch of stretches) {
    pens.fill(stretch.pen, at, at + stretch.text.length);
    at += stretch.text.length;
  }
  return { text, pens };
}

/** Lines side by side. */
export function joined(parts: readonly Cells[]): Cells {
  const [first, ...others] = parts;
  if (!first || others.length === 0) return first ?? { text: '', pens: [] };
  return { text: parts.map(({ text }) => text).join(''), pens: first.pens.concat(...others.map(({ pens }) => pens)) };
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
export function rowUpdate(y: number, before: Cells, after: Cells): string {
  const width = Math.max(before.text.length, after.text.length);
  let out = '';
  let pen = plainPen;
  let cursor = -1;
  for (let x = 0; x < width; x++) {
    if (symbolAt(before, x) === symbolAt(after, x) && samePen(penAt(before, x), penAt(after, x))) continue;
    if (cursor === -1 || x - cursor > shortMove) {
      out += `\x1b[${y + 1};${x + 1}H`;
      cursor = x;
    }
    for (; cursor <= x; cursor++) {
      const next = penAt(after, cursor);
      out += penChange(pen, next) + symbolAt(after, cursor);
      pen = next;
    }
  }
  return out + penChange(pen, plainPen);
}

/** Unchanged cells up to which it is cheaper to send them again than to move the cursor past them. */
const shortMove = 3;

const symbolAt = ({ text }: Cells, x: number): string => text[x] ?? ' ';
const penAt = ({ pens }: Cells, x: number): Pen => pens[x] ?? plainPen;

/** Symbols that every terminal draws one cell wide, and nothing else: Latin, Greek, and the blocks that plots are made of. */
const oneCellEach =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u03ff\u2010-\u2027\u2030-\u205e\u2070-\u209c\u2190-\u21ff\u2200-\u22ff\u2500-\u25ff\u2713-\u2717\u2800-\u28ff]*$/u;
