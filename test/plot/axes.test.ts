import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evenDecades, evenRange, growingRange, stepTicks, valueRange, valueTicks } from '../../src/plot/axes.ts';
import { valueAxis } from '../../src/plot/value_axis.ts';

const labels = (ticks: readonly { label: string }[]) => ticks.map(({ label }) => label);

describe('value axis', () => {
  it.each([
    [0.0021, 3.6, [0.001, 5]],
    [0.011, 18.9, [0.01, 20]],
    [0.55, 0.9, [0.5, 1]],
    [0.1, 1, [0.1, 1]],
    [2e-9, 2e-9, [1e-9, 4e-9]],
    [1, 1, [0.5, 2]],
  ])('log %s … %s', (min, max, range) => {
    expect(valueRange(min, max, 'log')).toEqual(range);
  });

  it.each([
    [0.1, 0.93, [0, 1]],
    [-0.4, 0.9, [-0.5, 1]],
    [0.91, 0.99, [0.9, 1]],
    [0, 0, [0, 1]],
    [-5e-324, 5e-324, [0, 1]],
    [2, 2, [1, 3]],
  ])('linear %s … %s', (min, max, range) => {
    expect(valueRange(min, max, 'linear')).toEqual(range);
  });

  it('only ever grows with the values', () => {
    const positive = fc.double({ min: 1e-9, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(positive, positive, positive, (a, b, c) => {
        const [low, high] = valueRange(Math.min(a, b), Math.max(a, b), 'log');
        const [lower, higher] = valueRange(Math.min(a, b, c), Math.max(a, b, c), 'log');
        expect(low).toBeLessThanOrEqual(Math.min(a, b));
        expect(high).toBeGreaterThanOrEqual(Math.max(a, b));
        if (a !== b) expect(lower <= low && higher >= high).toBe(true);
      }),
    );
  });

  it('holds values one rounding away from a power of ten', () => {
    for (const power of [1e-9, 1e-3, 1, 1000]) {
      for (const value of [power * (1 - 2.3e-16), power, power * (1 + 2.3e-16)]) {
        for (const [min, max] of [
          [value, value],
          [value / 100, value],
          [value, value * 100],
        ] as const) {
          const [low, high] = valueRange(min, max, 'log');
          expect(low <= min && high >= max && low < high).toBe(true);
        }
      }
    }
  });

  it('has labels of a log axis whole rows apart, all values on it, and little room left below them', () => {
    const exponent = fc.double({ min: -30, max: 3, noNaN: true });
    fc.assert(
      fc.property(
        exponent,
        fc.double({ min: 1, max: 30, noNaN: true }),
        fc.integer({ min: 3, max: 60 }),
        (top, size, rows) => {
          const [, to] = valueRange(10 ** (top - size), 10 ** top, 'log');
          const min = 10 ** (top - size);
          const from = evenDecades(min, to, 4 * rows - 1) ?? min;
          expect(from).toBeLessThanOrEqual(min * (1 + 1e-9));
          const axis = valueAxis({ from, to, scale: 'log' }, rows).map(([label]) => label!.text.trim());
          const at = axis.flatMap((label, row) => (label.startsWith('10') ? [row] : []));
          const apart = at.slice(1).map((row, index) => row - at[index]!);
          expect(new Set(apart).size).toBeLessThanOrEqual(1);
          // At least half of the height holds values, and more the higher it is.
          const used = Math.log10(to / min) / Math.log10(to / from);
          expect(used).toBeGreaterThan(apart.length > 0 ? apart[0]! / (apart[0]! + 1) - 0.01 : 0);
        },
      ),
    );
    const labelled = valueAxis({ from: evenDecades(2e-3, 20, 4 * 40 - 1)!, to: 20, scale: 'log' }, 40);
    expect(labelled.map(([label]) => label!.text.trim()).filter((label) => label !== '')).toEqual([
      '20',
      '10',
      '5',
      '2',
      '1',
      '0.5',
      '0.2',
      '0.1',
      '0.05',
      '0.02',
      '0.01',
      '0.005',
      '0.002',
      '0.001',
    ]);
  });

  it('labels decades, fewer where rows are scarce, 1-2-5 within one', () => {
    expect(labels(valueTicks(1e-3, 10, 'log', 20))).toEqual(['10⁻³', '10⁻²', '10⁻¹', '10⁰', '10¹']);
    expect(labels(valueTicks(1e-3, 10, 'log', 5))).toEqual(['10⁻³', '10⁻¹', '10¹']);
    expect(labels(valueTicks(0.1, 1, 'log', 12))).toEqual(['0.1', '0.2', '0.5', '1']);
    expect(labels(valueTicks(0.1, 1, 'log', 6))).toEqual(['0.1', '1']);
    expect(labels(valueTicks(1e-5, 2e-5, 'log', 6))).toEqual(['1e-5', '2e-5']);
  });

  it('lays the labels of a linear axis whole rows apart, on as short an axis as that allows', () => {
    const value = fc.integer({ min: -1e6, max: 1e6 }).map((thousandths) => thousandths / 1000);
    fc.assert(
      fc.property(value, value, fc.integer({ min: 12, max: 60 }), (a, b, rows) => {
        const [min, max] = [Math.min(a, b), Math.max(a, b)];
        fc.pre(max - min > 1e-2 * Math.max(Math.abs(min), Math.abs(max)));
        const [from, to] = evenRange(min, max, rows);
        expect(from).toBeLessThanOrEqual(min + 1e-9 * (max - min));
        expect(to).toBeGreaterThanOrEqual(max - 1e-9 * (max - min));
        const axis = valueAxis({ from, to, scale: 'linear' }, rows).map((line) =>
          line.map(({ text }) => text).join(''),
        );
        const labelled = axis.flatMap((text, row) => (text.includes('┤') ? [row] : []));
        const apart = labelled.slice(1).map((row, at) => row - labelled[at]!);
        expect(labelled.length).toBeGreaterThanOrEqual(2);
        expect(new Set(apart).size).toBe(1);
        const low = min >= 0 && min < 0.7 * max ? 0 : min;
        expect((max - low) / (to - from)).toBeGreaterThan(0.65);
      }),
    );
  });

  it('labels round numbers on a linear axis', () => {
    expect(labels(valueTicks(0, 1, 'linear', 6))).toEqual(['0.0', '0.5', '1.0']);
    expect(labels(valueTicks(0, 20000, 'linear', 8))).toEqual(['0', '10 000', '20 000']);
    expect(labels(valueTicks(0, 2e6, 'linear', 8))).toEqual(['0', '1e6', '2e6']);
  });
});

describe('step axis', () => {
  it('grows in few jumps up to the plan', () => {
    expect([0, 11, 20, 21, 4999, 12_480, 19_000].map((last) => growingRange(last, 15_000))).toEqual([
      10, 20, 20, 50, 5000, 15_000, 20_000,
    ]);
  });

  it('labels steps', () => {
    expect(labels(stepTicks(0, 20_000, 'linear', 70))).toEqual(['0', '5 000', '10 000', '15 000', '20 000']);
    expect(labels(stepTicks(1, 10_000, 'log', 70))).toEqual(['1', '10', '100', '1 000', '10 000']);
    expect(labels(stepTicks(1, 50, 'log', 70))).toEqual(['1', '10', '50']);
  });
});
