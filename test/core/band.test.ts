import { expect, it } from 'vitest';
import { bandOf } from '../../src/core/band.ts';
import { Series } from '../../src/core/series.ts';

function curve(...points: [step: number, value: number | null][]): Series {
  const series = new Series();
  for (const [step, value] of points) series.push(step, value);
  return series;
}

const pointsOf = (series: Series): [number, number][] =>
  Array.from({ length: series.length }, (_, i) => {
    const { step, value } = series.view().at(i)!;
    return [step, value];
  });

it('holds mean and standard deviation, no lower than the lowest, at steps that all have', () => {
  const { middle, low, high, count } = bandOf([
    curve([0, 1], [5, 9], [10, 1]),
    curve([0, 3], [10, 1]),
    curve([0, 8], [5, null], [10, 7]),
  ]);
  expect(count).toBe(3);
  expect(pointsOf(middle)).toEqual([
    [0, 4],
    [10, 3],
  ]);
  expect(pointsOf(high)[0]![1]).toBeCloseTo(4 + Math.sqrt(13), 12);
  expect(pointsOf(low)).toEqual([
    [0, 1],
    [10, 1],
  ]);
});

it('goes on over those curves that go so far, after a gap', () => {
  const { middle, high } = bandOf([curve([0, 2], [10, 2], [20, 6]), curve([0, 4])]);
  expect(pointsOf(middle)).toEqual([
    [0, 3],
    [10, Number.NaN],
    [10, 2],
    [20, 6],
  ]);
  expect(pointsOf(high).at(-1)).toEqual([20, 6]);
});

it('is the curve where there is one, with the last value of a step', () => {
  const { middle, low, high } = bandOf([curve([0, 2], [10, 5], [10, 1])]);
  for (const series of [middle, low, high]) {
    expect(pointsOf(series)).toEqual([
      [0, 2],
      [10, 1],
    ]);
  }
  expect(bandOf([]).middle.length).toBe(0);
});
