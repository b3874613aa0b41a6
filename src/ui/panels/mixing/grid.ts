import type { Size } from '../../screen/size.ts';
import type { Look } from '../../terminal/look.ts';
import { type HeadGrid, headGrid, type PatternSize } from '../common/geometry.ts';

/** Rows of the panel that are not pictures: axes, scales, numbers. */
export const around = 3;

/** How the learned and the optimal mixing matrix and their difference share the panel. */
export function mixingGrid(matrix: PatternSize, size: Size, look: Look): HeadGrid {
  const room = { columns: size.columns - 1, rows: size.rows - around };
  return headGrid(matrix, { layers: 1, heads: 3 }, room, look);
}
