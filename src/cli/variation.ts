import { UserError } from '../core/errors.ts';
import { fitNumber, thousands } from '../core/format.ts';
import { metricInfo } from '../metrics/catalog.ts';
import { parseSetting, type Setting } from '../presets/resolve.ts';
import type { Estimate } from '../protocol/events.ts';

/** Settings that are given together. */
export type Combination = readonly Setting[];

/**
 * Every combination of the values that each `path=value,value,…` gives to a key path, the last path varying fastest. A
 * comma within a list does not part values.
 */
export function parseVariation(texts: readonly string[]): Combination[] {
  return texts
    .map(parseValues)
    .reduce<Combination[]>((all, values) => all.flatMap((some) => values.map((one) => [...some, one])), [[]]);
}

function parseValues(text: string): Setting[] {
  const equals = text.indexOf('=');
  const values = text.slice(equals + 1).split(/,(?![^[]*\])/);
  if (equals <= 0 || values.some((value) => value === '')) {
    throw new UserError({
      where: '--vary',
      what: `"${text}" does not give values to a key path`,
      expected: 'path=value,value,…, e.g. task.noise=0.01,0.1,1',
    });
  }
  const path = text.slice(0, equals);
  return values.map((value) => ({ ...parseSetting(`${path}=${value}`), flag: '--vary' }));
}

/** What was measured with one combination. */
export interface VariedPoint {
  readonly settings: Combination;
  readonly metrics: Readonly<Record<string, Estimate>>;
}

/** One line for every combination and metric; numbers with all digits. */
export function variationCsv(points: readonly VariedPoint[]): string {
  const paths = points[0]!.settings.map(({ path }) => path);
  const lines = points.flatMap(({ settings, metrics }) =>
    Object.entries(metrics).map(([name, { mean, stderr, n }]) =>
      [...settings.map(({ value }) => quoted(JSON.stringify(value))), name, mean ?? '', stderr ?? '', n].join(','),
    ),
  );
  return [[...paths, 'metric', 'mean', 'stderr', 'n'].join(','), ...lines].join('\n');
}

/** A block for every metric that the settings move, with a line for every combination. */
export function variationTable(points: readonly VariedPoint[]): string {
  const names = [...new Set(points.flatMap(({ metrics }) => Object.keys(metrics)))];
  const moved = names.filter((name) => new Set(points.map(({ metrics }) => metrics[name]?.mean)).size > 1);
  if (moved.length === 0) return 'no metric depends on this';
  const labels = points.map(({ settings }) =>
    settings.map(({ path, value }) => `${path} = ${JSON.stringify(value)}`).join(', '),
  );
  const width = Math.max(...labels.map((label) => label.length)) + 2;
  const blocks = moved.map((name) => {
    const rows = points.map(({ metrics }, i) => {
      const { mean, stderr, n } = metrics[name] ?? { mean: null, stderr: null, n: 0 };
      const spread = n > 0 ? `  ±${fitNumber(stderr, 9)}${thousands(n).padStart(9)}` : '';
      return `  ${labels[i]!.padEnd(width)}${fitNumber(mean, 10)}${spread}`;
    });
    return [metricInfo(name)?.title ?? name, ...rows].join('\n');
  });
  return blocks.join('\n\n');
}

const quoted = (text: string): string => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
