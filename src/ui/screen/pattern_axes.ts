import type { HeatmapLayout } from '../../plot/heatmap.ts';
import { repeated } from '../../plot/text.ts';
import { type Stretch, stretchText } from '../../runs/prompt_tokens.ts';

/** Names of the columns over a heatmap, as many as stand apart. */
export function columnNames(columns: number, layout: HeatmapLayout, name: (entry: number) => string = String): string {
  return entryNames({
    first: 0,
    count: columns,
    width: layout.width,
    cellOf: (column) => layout.cellOf(0, column).x,
    name,
  });
}

/** Names of the entries `first` … `first + count − 1`, each at its cell, as many as stand apart in `width` cells. */
export function entryNames(entries: {
  readonly first: number;
  readonly count: number;
  readonly width: number;
  cellOf(entry: number): number;
  name?(entry: number): string;
}): string {
  const { first, count, width, cellOf, name = String } = entries;
  const names = Array.from({ length: count }, (_, at) => name(first + at));
  // Letters can stand side by side, one a cell; digits would be read as one number.
  const touch = width >= count && names.every((one) => one.length === 1 && !/\d/.test(one));
  const widest = Math.max(...names.map((one) => one.length)) + 1;
  const stride = touch ? 1 : strideFor((width - 1) / count, widest);
  let text = '';
  for (let entry = Math.ceil(first / stride) * stride; entry < first + count; entry += stride) {
    text = text.padEnd(cellOf(entry - first)) + names[entry - first];
  }
  return text;
}

/** For each row of the picture the entry whose name stands to its left, where one does. */
export function namedRows(rows: number, layout: HeatmapLayout): (number | undefined)[] {
  const entries = new Array<number | undefined>(layout.height).fill(undefined);
  const stride = strideFor(layout.height / rows, rows > layout.height ? 2 : 1);
  for (let row = 0; row < rows; row += stride) entries[layout.cellOf(row, 0).y] = row;
  return entries;
}

const ticked: Readonly<Record<string, string>> = { ' ': '─', '│': '┤', '┃': '┫' };

/** The brackets with a tick at each name, where not every row has one. */
export function tickedParts(parts: readonly string[], names: readonly (number | undefined)[]): string[] {
  const isWhole = names.every((name) => name !== undefined);
  return parts.map((part, row) => (isWhole || names[row] === undefined ? part : (ticked[part] ?? part)));
}

/** Every entry, or every second, fourth, eighth …, so that names stand so many cells apart. */
function strideFor(cellsAnEntry: number, apart: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(apart / cellsAnEntry)));
}

/** What the columns are, over them: `├ given 0–7 ┤├ query 8–31 ┤`. */
export function columnParts(
  stretches: readonly Stretch[],
  columns: number,
  layout: HeatmapLayout,
  words = (stretch: Stretch) => [stretchText(stretch), stretch.name],
): string {
  const cellOf = (column: number) => (column < columns ? layout.cellOf(0, column).x : layout.width);
  return stretches
    .map((one, index) => bracket(words(one), cellOf(one.to + 1) - cellOf(one.from), looksOf(index)))
    .join('');
}

/** The longest of the words that fits, in a bracket. */
function bracket(words: readonly string[], width: number, { across: [open, line, close] }: Looks): string {
  if (width < 2) return repeated('│', width);
  const word = words.find((text) => text.length + 4 <= width);
  const inside = word === undefined ? '' : ` ${word} `;
  return `${open}${inside}${repeated(line, width - 2 - inside.length)}${close}`;
}

/** How a stretch is bracketed over columns, and beside rows: a single one, else top, middle and end. */
interface Looks {
  readonly across: readonly [open: string, line: string, close: string];
  readonly down: readonly [single: string, top: string, middle: string, end: string];
}

/** Stretches in their order: none looks like its neighbour. */
const looks: readonly Looks[] = [
  { across: ['├', '─', '┤'], down: ['─', '┌', '│', '└'] },
  { across: ['┣', '━', '┫'], down: ['━', '┏', '┃', '┗'] },
];
const looksOf = (index: number): Looks => looks[index % looks.length]!;

/** What the rows are, left of them, a symbol for each row of cells: stretches as brackets, nothing where there are none. */
export function rowParts(stretches: readonly Stretch[], rows: number, layout: HeatmapLayout): string[] {
  const symbols = new Array<string>(layout.height).fill(' ');
  const rowOf = (row: number) => (row < rows ? layout.cellOf(row, 0).y : layout.height);
  for (const [index, { from, to }] of stretches.entries()) {
    const [single, top, middle, last] = looksOf(index).down;
    const [first, end] = [rowOf(from), Math.max(rowOf(from) + 1, rowOf(to + 1))];
    for (let y = first; y < end; y++)
      symbols[y] = end - first === 1 ? single : y === first ? top : y === end - 1 ? last : middle;
  }
  return symbols;
}

/** What the brackets of rows stand for, of those that have to be said. */
export function partsLegend(stretches: readonly Stretch[], isSaid = (_: Stretch): boolean => true): string {
  const said = stretches.map((one, index) => (isSaid(one) ? `${looksOf(index).down[1]} ${stretchText(one)}` : ''));
  return said.filter((text) => text !== '').join('  ');
}
