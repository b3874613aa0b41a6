import { sparkline } from './sparkline.ts';
import type { Style } from './style.ts';
import { type Line, repeated, span } from './text.ts';

/**
 * Values from 0 to `most` as columns side by side, `pitch` cells for each, in exactly `rows` rows, exact to an eighth of one;
 * what is not a number stays blank.
 */
export function drawColumns(
  values: ArrayLike<number>,
  {
    rows,
    pitch,
    most,
    style,
  }: { readonly rows: number; readonly pitch: number; readonly most: number; style(index: number): Style },
): Line[] {
  const width = Math.max(1, pitch - 1);
  return Array.from({ length: rows }, (_, row) =>
    Array.from(values, (value, index) => {
      const filled = Math.min(1, ((value || 0) / most) * rows - (rows - 1 - row));
      const isFoot = row === rows - 1 && !Number.isNaN(value);
      const symbol = filled <= 0 && !isFoot ? ' ' : sparkline([Math.max(1 / 8, filled)], 1, { min: 1 / 8, max: 1 });
      return span(repeated(symbol, width).padEnd(pitch), style(index));
    }),
  );
}
