import type { Canvas } from './canvas.ts';
import { cellAt, type Frame } from './frame.ts';
import { textWidth } from './text.ts';

/**
 * Dotted vertical lines behind the curves where things happened, each with its words beside it where what is drawn already
 * leaves room, the newest first.
 */
export function drawMarks(frame: Frame, marks: readonly { readonly step: number; readonly label: string }[]): void {
  const { canvas, x } = frame;
  const placed = marks.flatMap(({ step, label }) => {
    const column = cellAt(step, x, canvas.width);
    return column === undefined ? [] : [{ column, label }];
  });
  const columns = new Set(placed.map(({ column }) => column));
  for (const column of columns) {
    for (let row = 0; row < canvas.height; row++) canvas.writeBehind(column, row, '┊', { fg: 'intervention' });
  }
  for (const { column, label } of placed.reverse()) drawLabel(canvas, columns, column, label);
}

/** A vertical line through the cell of a step, behind the curves. */
export function drawCursor({ canvas, x }: Frame, step: number): void {
  const column = cellAt(step, x, canvas.width);
  if (column === undefined) return;
  for (let row = 0; row < canvas.height; row++) canvas.writeBehind(column, row, '│', { fg: 'focus', bold: true });
}

/** Whether no other words stand beside so many cells: two labels would be read as one. */
function isApart(canvas: Canvas, start: number, row: number, width: number): boolean {
  const [from, to] = [Math.max(0, start - 1), Math.min(canvas.width, start + width + 1)];
  return canvas.isFree(from, row, to - from, Number.POSITIVE_INFINITY);
}

/** Words right or left of their line; over other lines only where there is no other room, and never ending at one. */
function drawLabel(canvas: Canvas, lines: ReadonlySet<number>, column: number, label: string): void {
  const width = textWidth(label);
  const crossed = (from: number, to: number) => [...lines].filter((line) => line >= from && line <= to).length;
  const sides = [
    { start: column + 2, crosses: crossed(column + 1, column + 1 + width), ends: column + 2 + width },
    { start: column - 1 - width, crosses: crossed(column - 1 - width, column - 1), ends: column - 2 - width },
  ]
    .filter(({ ends }) => !lines.has(ends))
    .sort((a, b) => a.crosses - b.crosses);
  for (const { start } of sides) {
    for (let row = 0; row < canvas.height; row++) {
      if (!canvas.isFree(start, row, width, -1) || !isApart(canvas, start, row, width)) continue;
      canvas.write(start, row, label, { fg: 'intervention' });
      return;
    }
  }
}
