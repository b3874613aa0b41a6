import { UserError } from '../core/errors.ts';
import { fitNumber, thousands } from '../core/format.ts';
import { metricInfo } from '../metrics/catalog.ts';
import { parseSetting, type Setting } from '../presets/resolve.ts';
import type { Estimate } from '../protocol/events.ts';

/** Of a setting, one value after the other: `--vary path=value,value,…`; a comma within a list does not part them. */
export function parseVariation(text: string): Setting[] {
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

/** What was measured with one value of the setting. */
export interface VariedPoint {
  readonly value: unknown;
  readonly metrics: Readonly<Record<string, Estimate>>;
}

/** One line for every value and metric; numbers with all digits. */
export function variationCsv(path: string, points: readonly VariedPoint[]): string {
  const lines = points.flatMap(({ value, metrics }) =>
    Object.entries(metrics).map(([name, { mean, stderr, n }]) =>
      [quoted(JSON.stringify(value)), name, mean ?? '', stderr ?? '', n].join(','),
    ),
  );
  return [`${path},metric,mean,stderr,n`, ...lines].join('\n');
}

/** A block for every metric that the setting moves, with a line for every value. */
export function variationTable(path: string, points: readonly VariedPoint[]): string {
  const names = [...new Set(points.flatMap(({ metrics }) => Object.keys(metrics)))];
  const moved = names.filter((name) => new Set(points.map(({ metrics }) => metrics[name]?.mean)).size > 1);
  if (moved.length === 0) return `no metric depends on ${path}`;
  const blocks = moved.map((name) => {
    const rows = points.map(({ value, metrics }) => {
      const { mean, stderr, n } = metrics[name] ?? { mean: null, stderr: null, n: 0 };
      const label = `  ${path} = ${JSON.stringify(value)}`.padEnd(34);
      return `${label}${fitNumber(mean, 10)}${n > 0 ? `  ±${fitNumber(stderr, 9)}${thousands(n).padStart(9)}` : ''}`;
    });
    return [metricInfo(name)?.title ?? name, ...rows].join('\n');
  });
  return blocks.join('\n\n');
}

const quoted = (text: string): string => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
