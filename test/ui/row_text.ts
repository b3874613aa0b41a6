import { stripVTControlCharacters } from 'node:util';
import { type Paint, rowText as painted, type Row } from '../../src/ui/terminal/cells.ts';

/** A row as text, with colour sequences where there are colours. */
export function rowText(row: Row, paint: Paint): string {
  const text = painted(row, paint);
  return paint.depth === 'none' ? stripVTControlCharacters(text) : text;
}
