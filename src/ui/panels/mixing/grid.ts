import type { Size } from '../../screen/size.ts';
import type { Look } from '../../terminal/look.ts';
import { type PatternSize, pictureIn } from '../common/geometry.ts';

/** Rows of the panel that are not pictures: axes, names, scales and numbers, which stand in one row where it is long enough. */
export const aroundIn = (columns: number): number => (columns >= longRow ? 3 : 4);
/** Cells of a row that holds scales and numbers. */
export const longRow = 110;
const gap = 1;

/** Cells of each of the three matrices, which stand side by side: learned, optimal and their difference. */
export function mixingPicture(matrix: PatternSize, size: Size, look: Look): Size {
  const columns = Math.floor((size.columns - 1 + gap) / 3) - gap;
  return pictureIn(matrix, { columns, rows: size.rows - aroundIn(size.columns) }, look);
}
