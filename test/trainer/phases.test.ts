import { expect, test } from 'vitest';
import { Series } from '../../src/core/series.ts';
import { MetricCatalogue } from '../../src/metrics/catalogue.ts';
import { PhaseWatch } from '../../src/trainer/loop/phases.ts';

const metrics = new MetricCatalogue({
  metrics: [
    { name: 'copied', title: 'Copied', short: 'copied', better: 'higher', role: 'other', phase: true },
    { name: 'induction/#', title: 'Induction of #', short: 'ind. #', better: 'none', role: 'mechanism', phase: true },
    { name: 'plain', title: 'Plain', short: 'plain', better: 'higher', role: 'other' },
    ...['near', 'far'].map((name) => ({ name, title: name, short: name, better: 'none', role: 'other' }) as const),
  ],
  charts: [
    {
      name: 'phases',
      title: 'distances',
      phases: true,
      curves: [
        { role: 'in_domain', names: ['near'], label: 'to near' },
        { role: 'out_of_domain', names: ['far'] },
      ],
    },
  ],
});

const told = (watch: PhaseWatch, values: Readonly<Record<string, number | null>>) =>
  watch.evaluated((name) => values[name], Object.keys(values));

test('a share that crosses a half is a change of phase, each way, but not noise around it', () => {
  const watch = new PhaseWatch(metrics, new Map());
  const found = [0.1, 0.48, 0.52, 0.6, 0.52, 0.46, 0.53, 0.4, null, 0.9].map((copied) =>
    told(watch, { copied }).join(),
  );
  expect(found).toEqual([
    '',
    '',
    '',
    'copied is above a half',
    '',
    '',
    '',
    'copied is below a half',
    '',
    'copied is above a half',
  ]);
  expect(told(watch, { 'induction/L1H0': 0.1, plain: 0.1 })).toEqual([]);
  expect(told(watch, { 'induction/L1H0': 0.7, plain: 0.9 })).toEqual(['ind. L1H0 is above a half']);
});

test('another nearest predictor is a change of phase, once it is clearly nearer', () => {
  const watch = new PhaseWatch(metrics, new Map());
  const pairs = [
    [1, 0.5],
    [0.5, 0.48],
    [0.45, 0.48],
    [0.3, 0.48],
    [0.3, 0.29],
    [0.3, 0.1],
  ] as const;
  const found = pairs.map(([near, far]) => told(watch, { near, far }).join());
  expect(found).toEqual(['', '', '', 'nearest is now to near, not far', '', 'nearest is now far, not to near']);
  // One distance alone says nothing.
  expect(told(watch, { near: 0.001 })).toEqual([]);
});

test('a run that goes on knows the phase that it was in', () => {
  const curve = (values: readonly number[]) => {
    const series = new Series();
    for (const [i, value] of values.entries()) series.push(10 * i, value);
    return series;
  };
  const curves = new Map([
    ['copied', curve([0.1, 0.7])],
    ['near', curve([1, 0.1])],
    ['far', curve([0.5, 0.4])],
  ]);
  const watch = new PhaseWatch(metrics, curves);
  expect(told(watch, { copied: 0.8, near: 0.1, far: 0.4 })).toEqual([]);
  expect(told(watch, { copied: 0.2, near: 0.1, far: 0.01 })).toEqual([
    'copied is below a half',
    'nearest is now far, not to near',
  ]);
});
