import { repeated } from './text.ts';

const heights = '▁▂▃▄▅▆▇█';
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/**
 * Values as one row of columns, `width` cells; more values than cells show their largest, NaN stays blank.
 * The largest value takes `tallest` eighths of the row: fewer than 8 keep rows that lie on one another apart.
 */
export function sparkline(
  values: ArrayLike<number>,
  width: number,
  range: { readonly min?: number; readonly max?: number } = {},
  tallest = heights.length,
): string {
  const columns = Math.min(width, values.length);
  const peaks = Array.from({ length: columns }, (_, column) => {
    let peak = Number.NaN;
    const end = Math.ceil(((column + 1) * values.length) / columns);
    for (let index = Math.ceil((column * values.length) / columns); index < end; index++) {
      const value = values[index]!;
      if (!(peak >= value) && !Number.isNaN(value)) peak = value;
    }
    return peak;
  });
  const finite = peaks.filter((peak) => !Number.isNaN(peak));
  const min = range.min ?? Math.min(...finite);
  const max = range.max ?? Math.max(...finite);
  const symbols = peaks.map((peak) => {
    if (Number.isNaN(peak)) return ' ';
    const share = max > min ? Math.max(0, Math.min(1, (peak - min) / (max - min))) : 0;
    return heights[Math.round(share * (tallest - 1))]!;
  });
  return symbols.join('').padEnd(width);
}

/** A share (0 … 1) as a bar of `width` cells, exact to an eighth of one; nothing where there is no room. */
export function bar(fraction: number, width: number): string {
  const share = Number.isFinite(fraction) ? Math.max(0, Math.min(1, fraction)) : 0;
  const parts = Math.round(share * Math.max(0, width) * 8);
  return (repeated('█', Math.floor(parts / 8)) + eighths[parts % 8]!).padEnd(width);
}
