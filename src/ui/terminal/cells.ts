/** One cell of the terminal: a symbol and how it is drawn, as the parameters of SGR sequences. */
export interface Cell {
  readonly symbol: string;
  readonly pen: Pen;
}

interface Pen {
  readonly fg: string;
  readonly bg: string;
  /** Parameters in force besides the colours, in the order in which they were set. */
  readonly attributes: string;
}

const plain: Pen = { fg: '', bg: '', attributes: '' };
const blank: Cell = { symbol: ' ', pen: plain };

const introducer = '\x1b';
/** An SGR sequence with its parameters. */
const sequence = new RegExp(`${introducer}\\[([0-9;]*)m`, 'y');

/** The cells of a row of text with colour sequences; undefined when a symbol may take other than one cell. */
export function cellsOf(row: string): Cell[] | undefined {
  const cells: Cell[] = [];
  let pen = plain;
  for (let at = 0; at < row.length; ) {
    const symbol = row[at]!;
    if (symbol === introducer) {
      sequence.lastIndex = at;
      const found = sequence.exec(row);
      if (!found) return undefined;
      pen = changed(pen, found[1]!);
      at = sequence.lastIndex;
    } else {
      // No symbol of one cell is a pair of surrogates.
      if (!isOneCell(symbol)) return undefined;
      cells.push({ symbol, pen });
      at++;
    }
  }
  return cells;
}

/**
 * What to send so that a row which shows `before` shows `after`, cursor movements included; both start at column 0 of row
 * `y`. Runs of changed cells are sent, and short unchanged stretches between them, which cost less than moving the cursor.
 */
export function rowUpdate(y: number, before: readonly Cell[], after: readonly Cell[]): string {
  const width = Math.max(before.length, after.length);
  let out = '';
  let pen = plain;
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
  return out + penChange(pen, plain);
}

/** Unchanged cells up to which it is cheaper to send them again than to move the cursor past them. */
const shortMove = 3;

function sameCell(a: Cell, b: Cell): boolean {
  return a.symbol === b.symbol && (a.pen === b.pen || samePen(a.pen, b.pen));
}

function samePen(a: Pen, b: Pen): boolean {
  return a.fg === b.fg && a.bg === b.bg && a.attributes === b.attributes;
}

function penChange(from: Pen, to: Pen): string {
  if (samePen(from, to)) return '';
  if (samePen(to, plain)) return '\x1b[0m';
  const parameters = from.attributes === to.attributes ? [] : ['0', to.attributes];
  const base = parameters.length > 0 ? plain : from;
  if (base.fg !== to.fg) parameters.push(to.fg || '39');
  if (base.bg !== to.bg) parameters.push(to.bg || '49');
  return `\x1b[${parameters.filter((parameter) => parameter !== '').join(';')}m`;
}

/** The pen after an SGR sequence. */
function changed(pen: Pen, parameters: string): Pen {
  if (parameters === '' || parameters === '0') return plain;
  let { fg, bg, attributes } = pen;
  const codes = parameters.split(';');
  for (let index = 0; index < codes.length; index++) {
    const code = Number(codes[index]);
    if (code === 38 || code === 48) {
      const length = codes[index + 1] === '2' ? 5 : 3;
      const colour = codes.slice(index, index + length).join(';');
      index += length - 1;
      if (code === 38) fg = colour;
      else bg = colour;
    } else if (code === 0) [fg, bg, attributes] = ['', '', ''];
    else if (code === 39) fg = '';
    else if (code === 49) bg = '';
    else if (isBetween(code, 30, 37) || isBetween(code, 90, 97)) fg = String(code);
    else if (isBetween(code, 40, 47) || isBetween(code, 100, 107)) bg = String(code);
    else attributes = withAttribute(attributes, code);
  }
  return { fg, bg, attributes };
}

/** 22 ends bold and dim (1, 2); any other 2x ends x. */
function withAttribute(attributes: string, code: number): string {
  const set = new Set(attributes === '' ? [] : attributes.split(';').map(Number));
  if (code === 22) for (const one of [1, 2]) set.delete(one);
  else if (code > 20) set.delete(code - 20);
  else set.add(code);
  return [...set].sort((a, b) => a - b).join(';');
}

function isBetween(code: number, first: number, last: number): boolean {
  return code >= first && code <= last;
}

/** Symbols that every terminal draws one cell wide: Latin, Greek, and the blocks that plots are made of. */
function isOneCell(symbol: string): boolean {
  return /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u03ff\u2010-\u2027\u2030-\u205e\u2070-\u209c\u2190-\u21ff\u2200-\u22ff\u2500-\u25ff\u2713-\u2717\u2800-\u28ff]$/u.test(
    symbol,
  );
}
