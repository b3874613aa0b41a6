import type { Size } from '../screen/size.ts';
import type { SweepModel } from './model.ts';

/** Columns of a terminal from which the details stand beside the tiles. */
const sideBySide = 110;

/** Cells of the parts of the screen between the bars; the tiles have a line of their own above them. */
export interface Layout {
  readonly tiles: Size;
  /** Absent where the details are closed. */
  readonly details: Size | undefined;
  readonly isBeside: boolean;
}

/** @param body of the screen between its bars */
export function layoutOf({ details, size }: Pick<SweepModel, 'details' | 'size'>, body: Size): Layout {
  const isBeside = size.columns >= sideBySide;
  const isOpen = details ?? isBeside;
  const rows = body.rows - 1;
  if (!isOpen) return { tiles: { ...body, rows }, details: undefined, isBeside };
  if (isBeside) {
    const columns = Math.max(47, Math.min(64, Math.round(0.3 * body.columns)));
    return {
      tiles: { columns: body.columns - columns, rows },
      details: { columns, rows: body.rows },
      isBeside,
    };
  }
  const below = Math.max(8, Math.round(0.4 * body.rows));
  return { tiles: { ...body, rows: rows - below }, details: { ...body, rows: below }, isBeside };
}

/** Of a terminal of this size, what is between the bars. */
export const bodyOf = ({ columns, rows }: Size): Size => ({ columns, rows: rows - 4 });
