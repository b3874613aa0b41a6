import { type Paint, penChange, penned, plainPen } from './pen.ts';
import type { Line } from './text.ts';

/** Rows as text with colour sequences, joined by line feeds; every row starts and ends plain. */
export function toAnsi(
  lines: readonly Line[],
  { depth, theme = 'dark' }: Pick<Paint, 'depth'> & Partial<Paint>,
): string {
  return lines.map((line) => ansiLine(line, { depth, theme })).join('\n');
}

function ansiLine(line: Line, paint: Paint): string {
  let out = '';
  let pen = plainPen;
  for (const next of penned(line, paint)) {
    out += penChange(pen, next.pen) + next.text;
    pen = next.pen;
  }
  return out + penChange(pen, plainPen);
}
