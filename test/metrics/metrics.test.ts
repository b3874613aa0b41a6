import { describe, expect, it } from 'vitest';
import { MetricCatalogue } from '../../src/metrics/catalogue.ts';
import { estimate, exactly } from '../../src/metrics/estimate.ts';
import { knownMeasures } from '../../src/models/known/measures.ts';
import { models } from '../../src/models/registry.ts';
import { type Measures, measuresIn } from '../../src/protocol/measures.ts';
import { tasks } from '../../src/tasks/registry.ts';

describe('an estimate', () => {
  it('is the mean with the standard error of independent values', () => {
    // Variance with divisor n − 1: (2.25 + .25 + .25 + 2.25) / 3 = 5/3; standard error √(5/12).
    const { mean, stderr, n } = estimate([1, 2, 3, 4]);
    expect([mean, n]).toEqual([2.5, 4]);
    expect(stderr).toBeCloseTo(Math.sqrt(5 / 12), 15);
  });

  it('keeps the spread of values far from zero', () => {
    expect(estimate([1e9, 1e9 + 2]).stderr).toBe(1);
  });

  it('has no standard error from one value, nor when it is exact', () => {
    expect(estimate([3])).toEqual({ mean: 3, stderr: null, n: 1 });
    expect(exactly(3)).toEqual({ mean: 3, stderr: null, n: 0 });
  });
});

describe('a metric catalogue', () => {
  const known = new MetricCatalogue(knownMeasures());

  it('knows its names and only those', () => {
    expect(known.info('gap')).toMatchObject({ better: 'lower', role: 'training' });
    expect(known.info('toString')).toBeUndefined();
    expect(known.info('nonsense')).toBeUndefined();
    expect([known.title('nonsense'), known.short('nonsense')]).toEqual(['nonsense', 'nonsense']);
  });

  it('has names in snake case and labels short enough for a legend, each its own', () => {
    const entries = [...known.all];
    for (const { name, title, short } of entries) {
      expect(name).toMatch(/^[a-z]+(_[a-z]+)*\d?(\/#)?$/);
      expect(title.length).toBeGreaterThan(0);
      expect(short.length).toBeLessThanOrEqual(13);
    }
    expect(new Set(entries.map(({ short }) => short)).size).toBe(entries.length);
    expect(new Set(entries.map(({ title }) => title)).size).toBe(entries.length);
  });

  it('titles one of a family by its index, and that of a predictor by both', () => {
    expect(known.title('error_at/7')).toBe('Error after 7 examples');
    expect(known.info('baseline/nearest_3/error_at/7')).toMatchObject({
      title: 'Error after 7 examples: 3 nearest neighbours',
      short: `${known.short('error_at/7')}: nearest_3`,
      role: 'other',
    });
  });

  it('of a task alone knows what the task says and what all share', () => {
    const metrics = new MetricCatalogue(tasks.get('linear_regression') as Measures);
    expect(metrics.headlines).toEqual(['error_last', 'eval_loss', 'train_loss']);
    expect(metrics.title('train_loss')).toBe('Training loss');
    expect(metrics.info('unseen_error')).toBeUndefined();
  });

  it('joins what is charted under one name, a curve a colour, with bounds before fits before what stays', () => {
    const { charts } = known;
    const gap = charts.find(({ name }) => name === 'gap')!;
    expect(gap.levels!.map(({ label }) => label)).toEqual(['bound', 'fitted', 'frozen Q']);
    for (const { curves } of charts) expect(new Set(curves.map(({ role }) => role)).size).toBe(curves.length);
  });

  it('is told in events, where what is not known here counts as not told', () => {
    const told = JSON.parse(JSON.stringify(knownMeasures()));
    expect(measuresIn({ measures: told })).toEqual(knownMeasures());
    expect(measuresIn({ measures: { metrics: [{ name: 'x', role: 'of another version' }] } })).toBeUndefined();
    expect(measuresIn({})).toBeUndefined();
  });
});

describe('symbols of what is measured', () => {
  /** Letters of other alphabets, with marks or indices, and letters that stand alone, but for the articles of English. */
  const symbols = (text: string) =>
    [...text.matchAll(/(?<![\p{L}\p{N}_'])[\p{L}\p{M}\p{N}_*′]+/gu)]
      .map(([word]) => word)
      .filter((word) => /[\u0370-\u03ff_*′\p{M}Â]|^[A-Zb-z]$|^[A-Z]{2,}$/u.test(word.normalize('NFC')));

  const texts = ({ metrics = [], charts = [], predictors = {} }: Partial<Measures>) => [
    ...metrics.flatMap(({ title, short, fact }) => [title, short, fact?.label ?? '', fact?.row ?? '']),
    ...charts.flatMap(({ title, curves, levels = [] }) => [
      title,
      ...[...curves, ...levels].map(({ label = '' }) => label),
    ]),
    ...Object.values(predictors),
  ];

  /** Whether the terms explain a symbol, or each letter of a product such as mτ. */
  function isExplained(symbol: string, known: ReadonlySet<string>): boolean {
    return known.has(symbol) || (symbol.length > 1 && [...symbol].every((letter) => known.has(letter)));
  }

  const shared = new MetricCatalogue();
  const definitions = [...tasks, ...models].map(([name, definition]) => [name, definition] as const);

  it.each([['all runs', {} as Partial<Measures>] as const, ...definitions])(
    'of %s are explained',
    (_name, definition) => {
      const { terms } = new MetricCatalogue({ metrics: [], terms: definition.terms ?? {} });
      const known = new Set([...terms.keys()].flatMap((term) => term.split(', ')));
      const used = new Set([...texts(definition), ...[...shared.all].map(({ title }) => title)].flatMap(symbols));
      expect(used.size).toBeGreaterThan(0);
      expect([...used].filter((symbol) => !isExplained(symbol, known))).toEqual([]);
    },
  );
});
