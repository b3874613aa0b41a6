import { expect, test } from 'vitest';
import { fromHalf, toHalf } from '../../src/core/half.ts';

test('every half-precision number comes back as it was', () => {
  for (let half = 0; half < 0x10000; half++) {
    const value = fromHalf(half);
    const finite = (half & 0x7c00) !== 0x7c00;
    if (finite) expect(toHalf(value), `0x${half.toString(16)}`).toBe(half);
  }
});

test.each([
  // value, nearest half as numpy.float16 has it
  [1, 0x3c00],
  [-2, 0xc000],
  [0.1, 0x2e66],
  [1 / 3, 0x3555],
  [65504, 0x7bff],
  [1e9, 0x7bff],
  [Number.NEGATIVE_INFINITY, 0xfbff],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [1.5 * 2 ** -24, 0x0002],
  [2 ** -14 - 2 ** -26, 0x0400],
  [2049, 0x6800],
  [2051, 0x6802],
  [Number.NaN, 0x7e00],
])('%d is rounded to nearest, ties to even, and stays finite', (value, half) => {
  expect(toHalf(value)).toBe(half);
});
