import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteRate, duration, fitNumber, powerOfTen, siCount, significant, thousands } from '../../src/core/format.ts';

describe('numbers', () => {
  it.each([
    [0, '0'],
    [1, '1.00'],
    [0.002134, '0.00213'],
    [-21.34, '-21.3'],
    [0.9996, '1.00'],
    [99.96, '100'],
    [999.7, '1 000'],
    [12480, '12 480'],
    [999_999.7, '1.00e6'],
    [0.0000213, '2.13e-5'],
    [2.5e7, '2.50e7'],
    [Number.NaN, '–'],
    [Number.NEGATIVE_INFINITY, '–'],
    [null, '–'],
  ])('%s has three significant digits as %s', (value, text) => {
    expect(significant(value)).toBe(text);
  });

  it.each([
    [0.00213, 7, '0.00213'],
    [0.00213, 6, '0.0021'],
    [0.00213, 5, '0.002'],
    [12480, 5, '1.2e4'],
    [-0.0000213, 7, '-2.1e-5'],
    [213, 3, '213'],
    [1e-9, 3, '###'],
    [null, 4, '   –'],
  ])('%s in %s cells is %s', (value, width, text) => {
    expect(fitNumber(value, width)).toBe(text.padStart(width));
  });

  it('always takes the width asked for, stays within 5 % at 7 cells', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e12, max: 1e12 }), fc.integer({ min: 1, max: 12 }), (value, width) => {
        expect(fitNumber(value, width)).toHaveLength(width);
        const shown = Number(fitNumber(value, 7).replaceAll(' ', ''));
        if (Number.isFinite(value) && Math.abs(value) > 1e-9) expect(Math.abs(shown / value - 1)).toBeLessThan(0.051);
      }),
    );
  });

  it('groups thousands', () => {
    expect([0, 999, 1000, 1234567, -12480.4].map(thousands)).toEqual(['0', '999', '1 000', '1 234 567', '-12 480']);
  });

  it('writes powers of ten', () => {
    expect([0, -2, 1, -10].map(powerOfTen)).toEqual(['10⁰', '10⁻²', '10¹', '10⁻¹⁰']);
  });
});

describe('units', () => {
  it.each([
    [0.0421, '42 ms'],
    [3.14, '3.1 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1m 00s'],
    [185, '3m 05s'],
    [3599.6, '1h 00m'],
    [7_620, '2h 07m'],
    [273_600, '3d 04h'],
  ])('%s seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it('counts with prefixes', () => {
    expect([0, 987, 999.6, 12_480, 999_960, 3_200_000].map(siCount)).toEqual([
      '0',
      '987',
      '1.00k',
      '12.5k',
      '1.00M',
      '3.20M',
    ]);
    expect([987, 11_000, 1_200_000].map(byteRate)).toEqual(['987 B/s', '11.0 kB/s', '1.20 MB/s']);
  });

  it('says nothing with a dash', () => {
    expect([duration(null), siCount(Number.NaN), byteRate(null), thousands(null)]).toEqual(['–', '–', '–', '–']);
  });

  it('stays within its cells', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 8e6, noNaN: true }), (value) => {
        expect(duration(value).length).toBeLessThanOrEqual(7);
        expect(siCount(value).length).toBeLessThanOrEqual(5);
        expect(byteRate(value).length).toBeLessThanOrEqual(9);
      }),
    );
  });
});
