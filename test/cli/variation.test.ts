import { expect, it } from 'vitest';
import { variationTable } from '../../src/cli/evaluate/variation.ts';
import { MetricCatalogue } from '../../src/metrics/catalogue.ts';
import { knownMeasures } from '../../src/models/known/measures.ts';

const known = new MetricCatalogue(knownMeasures());

const value = (mean: number | null) => ({ mean, stderr: 0.5, n: 4 });

const metrics = {
  eval_loss: value(2),
  'error_at/0': value(3),
  error_last: value(1.5),
  'baseline/ridge/error_at/0': value(4),
  'baseline/ridge/error_last': value(0.25),
};

const at = (setting: number, moved: object) => ({
  settings: [{ path: 'task.noise', value: setting }],
  metrics: { ...metrics, ...moved },
});

const cells = (text: string) =>
  text.split('\n\n').map((block) => block.split('\n').map((line) => line.trim().split(/ {2,}/)));

it('combinations share a block for each metric that they move, with its predictors without training beside it', () => {
  const moved = { error_last: value(7), 'baseline/ridge/error_last': value(null), 'error_at/0': value(7) };
  expect(cells(variationTable(known, [at(1, {}), at(2, moved)]).join('\n'))).toEqual([
    [
      ['Error at the last point of a prompt', 'ridge'],
      ['task.noise = 1', '1.50', '±', '0.500', '4', '0.250'],
      ['task.noise = 2', '7.00', '±', '0.500', '4', '–'],
    ],
    [['metrics with a number are in --csv and --json']],
  ]);
});

it('a predictor that moves alone has a block of its own', () => {
  const text = variationTable(known, [at(1, {}), at(2, { 'baseline/ridge/error_last': value(1) })]).join('\n');
  expect(cells(text)[0]![0]).toEqual(['Error at the last point of a prompt: ridge']);
  expect(variationTable(known, [at(1, {}), at(2, {})])).toEqual(['no metric depends on this']);
});

it('says why a standard error is not known', () => {
  const rows = [
    { ...value(7), stderr: null, n: 1 },
    { ...value(8), stderr: null, n: 200, tasks: 1 },
    { ...value(null), stderr: Number.NaN, n: 200, tasks: 4 },
  ];
  const points = rows.map((eval_loss, i) => ({ settings: [{ path: 'seed', value: i }], metrics: { eval_loss } }));
  const [[, ...lines]] = cells(variationTable(known, points).join('\n')) as [string[][]];
  expect(lines).toEqual([
    ['seed = 0', '7.00', 'one prompt', '1'],
    ['seed = 1', '8.00', 'one task', '200'],
    ['seed = 2', '–', '200'],
  ]);
});
