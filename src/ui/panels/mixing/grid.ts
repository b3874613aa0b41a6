import type { Size } from '../../screen/size.ts';
import type { Look } from '../../terminal/look.ts';
import { type PatternSize, pictureIn } from '../common/geometry.ts';

/** Rows of the panel that are not pictures: axes, names, scales, numbers. */
export const around = 4;
const gap = 1;

/** Cells of each of the three matrices, which stand side by side: learned, optimal and their difference. */
export function mixingPicture(matrix: PatternSize, size: Size, look: Look): Size {
  const columns = Math.floor((size.columns - 1 + gap) / 3) - gap;
  return pictureIn(matrix, { columns, rows: size.rows - around }, look);
}
