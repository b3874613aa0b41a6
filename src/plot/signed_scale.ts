import { oneTwoFive, smallest } from './axes.ts';

/** Entries looked at to find the end of the scale. */
const sample = 20_000;

/**
 * The end of one scale −end … end for signed values: 1, 2 or 5 times a power of ten, such that at most a share `beyond` of
 * the entries exceeds it, lest a few take the colours from all others; 1 where all entries are zero.
 */
export function signedScale(series: readonly ArrayLike<number>[], beyond = 0.01): number {
  const total = series.reduce((sum, values) => sum + values.length, 0);
  const stride = Math.max(1, Math.floor(total / sample)) | 1;
  const sizes: number[] = [];
  for (const values of series) {
    for (let index = 0; index < values.length; index += stride) {
      const size = Math.abs(values[index]!);
      if (Number.isFinite(size)) sizes.push(size);
    }
  }
  sizes.sort((a, b) => a - b);
  const end = sizes[Math.max(0, Math.ceil((1 - beyond) * sizes.length) - 1)] ?? 0;
  return end > smallest ? oneTwoFive(end, 'up') : 1;
}
