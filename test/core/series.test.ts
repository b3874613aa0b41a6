import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Reduction, Series, SmoothedSeries } from '../../src/core/series.ts';
import oracle from '../fixtures/stats.json' with { type: 'json' };

function seriesOf(steps: readonly number[], values: readonly (number | null)[]): Series {
  const series = new Series();
  steps.forEach((step, index) => {
    series.push(step, values[index]!);
  });
  return series;
}

const nullable = (numbers: Float64Array) => Array.from(numbers, (number) => (Number.isNaN(number) ? null : number));
const extremes = ({ min, max }: Reduction) => ({ min: nullable(min), max: nullable(max) });
const curve = seriesOf(oracle.steps, oracle.curve).view();
const [firstStep, lastStep] = [oracle.steps[0]!, oracle.steps.at(-1)!];

describe('reduction against the oracle', () => {
  it.each(oracle.buckets_by_index)('$columns columns by index', ({ columns, min, max }) => {
    expect(extremes(curve.reduceByIndex(columns))).toEqual({ min, max });
  });
  it.each(oracle.buckets_by_step)('$columns columns by step', ({ columns, min, max }) => {
    const reduction = curve.reduce({ columns, from: firstStep, to: lastStep, scale: 'linear' });
    expect(extremes(reduction)).toEqual({ min, max });
  });
  it.each(oracle.buckets_by_log_step)('$columns columns by log step', ({ columns, min, max }) => {
    expect(extremes(curve.reduce({ columns, from: firstStep, to: lastStep, scale: 'log' }))).toEqual({ min, max });
  });
});

/** The same reduction point by point, without a pyramid. */
function slowly(values: readonly (number | null)[], columns: number) {
  const parts = Array.from({ length: columns }, () => [] as (number | null)[]);
  values.forEach((value, index) => {
    parts[Math.floor((index * columns) / values.length)]!.push(value);
  });
  const known = parts.map((part) => part.filter((value) => value !== null));
  return {
    min: known.map((part) => (part.length > 0 ? Math.min(...part) : null)),
    max: known.map((part) => (part.length > 0 ? Math.max(...part) : null)),
    last: known.map((part) => part.at(-1) ?? null),
    gap: parts.map((part) => (part.includes(null) ? 1 : 0)),
  };
}

const values = fc.array(
  fc.oneof({ weight: 9, arbitrary: fc.double({ min: -9, max: 9, noNaN: true }) }, fc.constant(null)),
  {
    minLength: 1,
    maxLength: 700,
  },
);

describe('series', () => {
  it('reduces like a plain loop, and an old view does not see what came later', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 40 }), fc.nat(300), (numbers, columns, later) => {
        const plain = numbers.map((value) => (value === null ? null : value + 0));
        const series = seriesOf([...plain.keys()], plain);
        const view = series.view();
        for (let index = 0; index < later; index++) series.push(plain.length + index, 100);
        const { min, max, last, gap } = view.reduceByIndex(columns);
        const found = { min: nullable(min), max: nullable(max), last: nullable(last), gap: [...gap] };
        expect(found).toEqual(slowly(plain, columns));
        expect(view.length).toBe(plain.length);
      }),
      { numRuns: 60 },
    );
  });

  it('reduces like a plain loop wherever a column may end', () => {
    const numbers = Array.from({ length: 300 }, (_, index) => Math.sin(index * index));
    const view = seriesOf([...numbers.keys()], numbers).view();
    for (let columns = 1; columns <= numbers.length; columns++) {
      const expected = slowly(numbers, columns);
      const { min, max, last } = view.reduceByIndex(columns);
      expect([[...min], [...max], [...last]]).toEqual([expected.min, expected.max, expected.last]);
    }
  });

  it('finds the best value and the first step that has it', () => {
    fc.assert(
      fc.property(values, (numbers) => {
        const known = numbers.filter((value) => value !== null).map((value) => value + 0);
        const view = seriesOf(
          numbers.map((_, index) => 3 * index),
          numbers.map((value) => (value === null ? null : value + 0)),
        ).view();
        if (known.length === 0) {
          expect(view.best('lower')).toBeUndefined();
          return;
        }
        const least = Math.min(...known);
        expect(view.best('lower')).toEqual({ step: 3 * numbers.indexOf(least), value: least });
        expect(view.best('higher')?.value).toBe(Math.max(...known));
        expect(view.last?.value).toBe(known.at(-1));
      }),
      { numRuns: 60 },
    );
  });

  it('keeps gaps as gaps and reads from both ends', () => {
    const view = seriesOf([1, 2, 3], [0.5, Number.POSITIVE_INFINITY, null]).view();
    expect(view.at(-1)).toEqual({ step: 3, value: Number.NaN, min: Number.NaN, max: Number.NaN });
    expect(view.last).toEqual({ step: 1, value: 0.5, min: 0.5, max: 0.5 });
    expect([view.at(3), view.at(-4)]).toEqual([undefined, undefined]);
  });

  it('counts the extremes of thinned points', () => {
    const series = seriesOf([1], [5]);
    series.push(10, 4, 2, 8);
    const { min, max, last } = series.view().reduceByIndex(1);
    expect([min[0], max[0], last[0]]).toEqual([2, 8, 4]);
    expect(series.view().best('lower')).toEqual({ step: 10, value: 2 });
  });

  it('gives the same view until something is pushed', () => {
    const series = seriesOf([1], [5]);
    const view = series.view();
    expect(series.view()).toBe(view);
    series.push(2, 4);
    expect(series.view()).not.toBe(view);
  });

  it('refuses a step that falls', () => {
    const series = seriesOf([5], [1]);
    expect(() => series.push(4, 1)).toThrow(RangeError);
    expect(() => series.push(Number.NaN, 1)).toThrow(RangeError);
    expect(() => series.view().reduce({ columns: 4, from: 0, to: 9, scale: 'log' })).toThrow(RangeError);
  });

  it('leaves out what lies outside the range', () => {
    const view = seriesOf([0, 10, 20, 30], [1, 2, 3, 4]).view();
    expect(extremes(view.reduce({ columns: 2, from: 10, to: 20, scale: 'linear' }))).toEqual({
      min: [2, 3],
      max: [2, 3],
    });
    expect(view.indexOf(11)).toBe(2);
  });

  it('packs itself into a bounded pyramid with the last step of every column', () => {
    const view = seriesOf([1, 2, 3, 4, 5], [9, 1, 5, null, 7]).view();
    const { step, min, max, last } = view.pyramid(2);
    expect([step, min, max, last].map((column) => [...column])).toEqual([
      [3, 5],
      [1, 7],
      [9, 7],
      [5, 7],
    ]);
    expect(view.pyramid().step).toHaveLength(5);
  });

  it('smooths over every point and keeps up', () => {
    const source = new Series();
    const smoothed = new SmoothedSeries(source, 0.9);
    const { smoothed_with_gaps: expected } = oracle.ema[1]!;
    oracle.curve_with_gaps.forEach((value, index) => {
      source.push(index, value);
      const shown = smoothed.view().at(-1)!.value;
      if (expected[index] === null) expect(shown).toBeNaN();
      else expect(shown).toBeCloseTo(expected[index]!, 9);
    });
    expect(smoothed.view().length).toBe(oracle.curve.length);
  });
});

describe('a million points', () => {
  const series = new Series();
  for (let step = 0; step < 1_000_000; step++) series.push(step, step === 654_321 ? 1000 : 1 + (step % 7));

  it('shows the spike of one step at every width, fast', () => {
    const view = series.view();
    const times: number[] = [];
    for (let columns = 60; columns <= 400; columns += 17) {
      const start = performance.now();
      const { max } = view.reduce({ columns, from: 0, to: 999_999, scale: 'linear' });
      times.push(performance.now() - start);
      expect(max.indexOf(1000)).toBe(Math.floor((columns * 654_321) / 999_999));
    }
    // A frame has 50 ms for everything; the median keeps a busy machine from failing this.
    expect(times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!).toBeLessThan(10);
    expect(view.best('higher')).toEqual({ step: 654_321, value: 1000 });
  });
});
