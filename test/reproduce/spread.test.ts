import { expect, test } from 'vitest';
import { spreadsOf } from '../../src/reproduce/draw/spread.ts';

const at = (...values: (number | null)[]) => [{ x: 1, values }];

test('the mean of a log axis is that of logarithms, and of the values themselves where one is zero', () => {
  expect(spreadsOf(at(1, 100, null), 'log')[0]).toMatchObject({ x: 1, mean: expect.closeTo(10, 9) });
  const [mixed] = spreadsOf(at(0, 0.02, 0, 0.02), 'log');
  expect(mixed!.mean).toBeCloseTo(0.01, 12);
  expect(mixed!.high).toBeCloseTo(0.01 + 0.01 * Math.sqrt(4 / 3), 12);
  expect(mixed!.low).toBe(0);
});

test('a place has none on a log axis where all is zero, nor anywhere where no seed has a value', () => {
  expect(spreadsOf(at(0, 0), 'log')).toEqual([]);
  expect(spreadsOf(at(0, 0), 'linear')).toEqual([{ x: 1, mean: 0, low: 0, high: 0 }]);
  expect(spreadsOf(at(null, null), 'linear')).toEqual([]);
});
