import type { Size } from '../../screen/size.ts';
import type { Model, View } from '../../state/model.ts';
import { selectedHead, shownPatterns } from '../../state/pattern.ts';
import { headGrid, headsInRow, rowsInView } from '../common/geometry.ts';

/** The part of the panel that thumbnails share: all but a margin and the row of the colour scale; a picture may touch the border. */
export function headsRoom({ columns, rows }: Size): Size {
  return { columns, rows: rows - 1 };
}

/** Selects the head whose thumbnail or label is at a place. */
export function headAt(
  model: Model,
  { x, y }: { readonly x: number; readonly y: number },
  inside: Size,
): Partial<View> | undefined {
  const patterns = shownPatterns(model);
  if (!patterns) return undefined;
  const { index, count } = selectedHead(model);
  const grid = headGrid(patterns, count, headsRoom(inside), model.look);
  const row = rowsInView(grid, count, index)[Math.floor(y / grid.pitch.rows)];
  // Thumbnails begin after a blank column and the names of the layers.
  const across = Math.floor((x - 1 - grid.margin) / grid.pitch.columns);
  const head = row === undefined ? undefined : headsInRow(grid, count, row)[across];
  return head === undefined ? undefined : { head };
}
