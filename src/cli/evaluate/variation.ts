import { csvOf } from '../../core/csv.ts';
import { fitNumber } from '../../core/format.ts';
import type { MetricCatalogue } from '../../metrics/catalogue.ts';
import { isNumbered, isOfModel, readName } from '../../metrics/names.ts';
import type { Setting } from '../../presets/resolve.ts';
import type { Estimate } from '../../protocol/events.ts';
import { parseValues } from '../options/sweep_values.ts';
import { spreadText } from './spread.ts';

/** Settings that are given together. */
export type Combination = readonly Setting[];

/** Every combination of the values that each `--over` gives to a key path, the last path varying fastest. */
export function combinationsOf(over: readonly string[]): Combination[] {
  return over
    .map((text) => parseValues(text, '--over'))
    .reduce<Combination[]>(
      (all, { path, values }) =>
        all.flatMap((some) => values.map((value) => [...some, { path, value, flag: '--over' }])),
      [[]],
    );
}

/** What was measured with one combination. */
export interface VariedPoint {
  readonly settings: Combination;
  readonly metrics: Readonly<Record<string, Estimate>>;
}

/** One line for every combination and metric; numbers with all digits. */
export function variationCsv(points: readonly VariedPoint[]): string {
  const paths = points[0]!.settings.map(({ path }) => path);
  const rows = points.flatMap(({ settings, metrics }) =>
    Object.entries(metrics).map(([name, { mean, stderr, n }]) => [
      ...settings.map(({ value }) => value),
      name,
      mean,
      stderr,
      n,
    ]),
  );
  return csvOf([[...paths, 'metric', 'mean', 'stderr', 'n'], ...rows]);
}

/**
 * A block for every metric that the settings move, with a line for every combination, and with predictors without training
 * as further columns. Metrics of which there is one for every number are too many.
 */
export function variationTable(known: MetricCatalogue, points: readonly VariedPoint[]): string[] {
  const names = [...new Set(points.flatMap(({ metrics }) => Object.keys(metrics)))];
  const moved = names.filter((name) => new Set(points.map(({ metrics }) => metrics[name]?.mean)).size > 1);
  if (moved.length === 0) return ['no metric depends on this'];
  const labels = points.map(({ settings }) =>
    settings
      .map(({ path, value }) => `${path} = ${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join(', '),
  );
  const width = Math.max(...labels.map((label) => label.length)) + 2;
  const single = moved.filter((name) => !isNumbered(name));
  const isCompared = (name: string) => single.some((other) => isBaselineOf(name, other));
  const blocks = single
    .filter((name) => !isCompared(name))
    .map((name) => {
      const predictors = single.filter((other) => isBaselineOf(other, name));
      const rows = points.map(({ metrics }, i) => {
        const measured = metrics[name];
        const spread = measured && measured.n > 0 ? spreadText(measured) : '';
        const compared = predictors.map((other) => fitNumber(metrics[other]?.mean ?? null, columnOf(other)));
        return `  ${labels[i]!.padEnd(width)}${fitNumber(measured?.mean ?? null, 10)}${spread}${compared.join('')}`;
      });
      const heads = predictors.map((other) => predictorOf(other).padStart(columnOf(other)));
      const title = known.title(name);
      return [heads.length > 0 ? `${title.padEnd(width + 33)}${heads.join('')}` : title, ...rows];
    });
  const left = moved.length > single.length ? [['metrics with a number are in --csv and --json']] : [];
  return [...blocks, ...left].flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
}

const isBaselineOf = (name: string, measured: string): boolean =>
  !isOfModel(name) && readName(name).measured === measured;
const predictorOf = (name: string): string => readName(name).predictor!.replaceAll('_', ' ');
const columnOf = (name: string): number => Math.max(10, predictorOf(name).length + 2);
