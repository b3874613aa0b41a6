import { describe, expect, it, test } from 'vitest';
import { quantileOfT } from '../../src/core/student.ts';
import { intervalOf, seedsToDecide } from '../../src/reproduce/interval.ts';
import { standingOf, verdictOf } from '../../src/reproduce/verdict.ts';
import { meanAndInterval, powerOf, studentQuantile } from '../../src/reproduce/verify/statistics.ts';

// Tables of Student's t, 97.5 %.
test.each([
  [1, 12.7062],
  [2, 4.30265],
  [4, 2.77645],
  [9, 2.26216],
  [30, 2.04227],
  [120, 1.97993],
])('the quantile of t with %i degrees of freedom is that of tables, by both computations', (freedom, expected) => {
  expect(quantileOfT(freedom)).toBeCloseTo(expected, 4);
  expect(studentQuantile(freedom)).toBeCloseTo(quantileOfT(freedom), 8);
});

describe('the interval of a mean', () => {
  // By hand: mean 5.12, squares of deviations 0.488, so a standard error of 0.15620; times 2.77645 that is 0.43369.
  const values = [5.1, 4.9, 5.6, 5.3, 4.7];

  it('is that of a t test', () => {
    const { mean, low, high } = intervalOf(values, 'arithmetic');
    expect([mean, low, high].map((value) => Number(value!.toFixed(4)))).toEqual([5.12, 4.6863, 5.5537]);
  });

  it('is, where it is geometric, that of the logarithms', () => {
    const logs = intervalOf(values.map(Math.log), 'arithmetic');
    const found = intervalOf(values, 'geometric');
    expect(Math.log(found.low!)).toBeCloseTo(logs.low!, 12);
    expect(found).toMatchObject({ mean: Math.exp(logs.mean) });
    expect(meanAndInterval(values, true).high).toBeCloseTo(found.high!, 9);
  });

  it('asks for the least number of seeds that would decide', () => {
    const n = seedsToDecide(0.3, 1)!;
    const half = (seeds: number) => quantileOfT(seeds - 1) / Math.sqrt(seeds);
    expect(half(n)).toBeLessThan(0.3);
    expect(half(n - 1)).toBeGreaterThanOrEqual(0.3);
    expect(seedsToDecide(0, 1)).toBeUndefined();
  });
});

describe('a verdict', () => {
  it.each([
    [[3, 3.1, 2.9], { above: 2 }, 'confirmed'],
    [[3, 3.1, 2.9], { above: 4 }, 'refuted'],
    [[3, 5, 1], { above: 2 }, 'undecided'],
    [[3, 3.1, 2.9], { above: 2, below: 4 }, 'confirmed'],
    [[3, 3.1, 2.9], { above: 4, below: 6 }, 'refuted'],
    [[0, 0, 0], { below: 1e-9 }, 'confirmed'],
    [[3], { above: 2 }, 'undecided'],
    [[3, null, 3], { above: 2 }, 'undecided'],
    [[null, null], { below: 2 }, 'refuted'],
  ] as const)('of %j under %j is %s', (values, rule, expected) => {
    expect(standingOf(values, rule, 'arithmetic').verdict).toBe(expected);
  });

  it('says how many seeds would decide where the interval covers the threshold', () => {
    expect(standingOf([3, 5, 1], { above: 2 }, 'arithmetic').seeds_to_decide).toBe(18);
  });

  it('stands only where the control fails, and after twice as long too', () => {
    const [yes, no, open] = (['confirmed', 'refuted', 'undecided'] as const).map((verdict) => ({ verdict }));
    expect(verdictOf(yes!, undefined, no!)).toBe('confirmed');
    expect(verdictOf(yes!, undefined, open!)).toBe('control failed');
    expect(verdictOf(yes!, undefined, yes!)).toBe('control failed');
    expect(verdictOf(yes!, no!, no!)).toBe('refuted');
    expect(verdictOf(yes!, open!, no!)).toBe('undecided');
  });
});

test('a power law has its exponent as slope', () => {
  expect(powerOf([1, 2, 4].map((x) => [x, 3 * x ** -0.7] as const))).toBeCloseTo(-0.7, 12);
});
