import type { Course } from './course.ts';
import { type Head, markerOf } from './curves.ts';
import { cellAt, dotRow, type Frame, layers } from './frame.ts';
import type { Token } from './style.ts';
import { textWidth } from './text.ts';

/** Cells along a curve between two of its signs, and most of those more that it waits for the middle of a cell. */
const [signPitch, patience] = [14, 4];

/** The signs of curves on their way, each curve's at places of its own, where it runs through the middle of a cell. */
export function drawSigns(
  { canvas }: Frame,
  curves: readonly { readonly course: Course; readonly role: Token }[],
): void {
  for (const [index, { course, role }] of curves.entries()) {
    let [way, next] = [0, ((index + 0.5) * signPitch) / curves.length];
    let before: number | undefined;
    for (const [x, row] of course.line.entries()) {
      if (Number.isNaN(row)) continue;
      // Where it falls steeply a curve has few columns, and is long all the same.
      way += 0.5 + Math.abs(row - (before ?? row)) / 4;
      before = row;
      if (way < next || (!isMiddle(row) && way < next + patience)) continue;
      canvas.write(Math.floor(x / 2), Math.floor(row / 4), markerOf(role).unicode, { fg: role, bold: true });
      next = way + signPitch;
    }
  }
}

/** Whether a dot lies in the middle of its cell, where letters are. */
const isMiddle = (row: number): boolean => row % 4 === 1 || row % 4 === 2;

interface End extends Head {
  readonly role: Token;
  /** Of the model that a probe pruned. */
  readonly isProbed?: boolean;
}

/** The tips of curves, by the signs of their legend. The last keeps its cell where several end in one, and the others stand beside it. */
export function drawHeads({ canvas }: Frame, heads: readonly End[]): void {
  const taken = new Set<string>();
  for (const { x, y, role, isProbed = false } of [...heads].reverse()) {
    const [column, row] = [Math.floor(x / 2), Math.floor(y / 4)];
    const back = heads.map((_, index) => column - index);
    const columns = [...back, ...heads.map((_, index) => column + index)];
    const free = columns.find((one) => one >= 0 && one < canvas.width && !taken.has(`${one} ${row}`)) ?? column;
    taken.add(`${free} ${row}`);
    const { unicode, hollow = unicode } = markerOf(role);
    canvas.write(free, row, isProbed ? hollow : unicode, isProbed ? { fg: role, dim: true } : { fg: role, bold: true });
  }
}

/** Rows and columns of a plot from which curves carry their names. */
const named = { columns: 40, rows: 8 };

/** The row in which a curve runs in a column: between two of its values, that of the one before. */
function rowOf({ line }: Course, column: number): number {
  let x = 2 * column + 1;
  while (x > 0 && Number.isNaN(line[x] ?? Number.NaN)) x--;
  return Math.floor((line[x] ?? Number.NaN) / 4);
}

/** Rows between a row and a curve in a column, its slopes to the columns beside it included; NaN where it does not run. */
function rowsFrom(row: number, course: Course, column: number): number {
  const { line, tops, bottoms, isJumping } = course;
  const beside = [-1, 0, 1, 2].map((dot) => 2 * column + dot);
  const dots = (isJumping ? [line] : [tops, bottoms]).flatMap((of) => beside.map((x) => of[x] ?? Number.NaN));
  const rows = [...dots.filter((dot) => !Number.isNaN(dot)).map((dot) => Math.floor(dot / 4)), rowOf(course, column)];
  return Math.max(0, Math.min(...rows) - row, row - Math.max(...rows));
}

/** Cells from one place for a name to the next that is tried. */
const namePitch = 2;

/** Names of curves: right of their ends while there is room, else over or under them where no other curve is nearer, as near the end as is free. */
export function drawNames(
  { canvas }: Frame,
  heads: readonly (End & { readonly name: string; readonly course: Course })[],
  coloured: boolean,
): void {
  if (canvas.width < named.columns || canvas.height < named.rows) return;
  for (const { x, y: dot, role, name, course, isProbed = false } of heads) {
    const text = ` ${name} `;
    const width = textWidth(text);
    const [column, row] = [Math.floor(x / 2), Math.floor(dot / 4)];
    // Away from a curve that ends above.
    const isUnder = heads.some((one) => one.course !== course && one.y < dot);
    const beside = (isUnder ? [0, 1, -1] : [0, -1, 1]).map((down) => ({ start: column + 1, row: row + down }));
    const last = Math.min(column + 1, canvas.width) - width;
    const starts = Array.from(
      { length: Math.max(0, Math.floor(last / namePitch) + 1) },
      (_, at) => last - namePitch * at,
    );
    const along = starts.flatMap((start) => {
      const middle = start + Math.floor(width / 2);
      const own = rowOf(course, middle);
      if (Number.isNaN(own)) return [];
      return [own - 1, own + 1].map((at) => {
        const isAlone = heads.every((one) => one.course === course || !(rowsFrom(at, one.course, middle) <= 1));
        return { start, row: at, isAlone };
      });
    });
    const alone = along.filter(({ isAlone }) => isAlone);
    const free = (places: typeof beside, layer: number) =>
      places.find((one) => canvas.isFree(one.start, one.row, width, layer));
    // Along the way over a band or a level only where no place is empty; by another curve only where colour tells them apart.
    const place =
      free(beside, layers.level) ??
      free(alone, -1) ??
      free(alone, layers.level) ??
      (coloured ? free(along, -1) : undefined);
    if (place) canvas.write(place.start, place.row, text, { fg: role, ...(isProbed && { dim: true }) });
  }
}

/** Rows of dots from a best value to that at the end of its curve, at least: a cell. */
const leastBetter = 4;

/**
 * An arrow to the best value, from where it is better still, in the colour of its curve; none where the curve ends there, or
 * where neither cell beside it is free.
 */
export function drawBest(
  { canvas, x, y }: Frame,
  best: { readonly step: number; readonly value: number },
  better: 'lower' | 'higher',
  { role, head }: { readonly role: Token; readonly head: Head | undefined },
): void {
  const column = cellAt(best.step, x, canvas.width);
  const dots = dotRow(best.value, y, canvas);
  // One that is hardly better than the end says nothing, and seems to stand apart from any curve.
  if (column === undefined || (head && Math.abs(dots - head.y) < leastBetter)) return;
  const row = Math.floor(dots / 4);
  const below = { arrow: '▴', at: row + 1 };
  const above = { arrow: '▾', at: row - 1 };
  const places = better === 'lower' ? [below, above] : [above, below];
  const place = places.find(({ at }) => canvas.isFree(column, at, 1, layers.level));
  if (place) canvas.write(column, place.at, place.arrow, { fg: role, bold: true });
}
