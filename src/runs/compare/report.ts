import { metricInfo } from '../../metrics/catalog.ts';
import { formatAddress } from '../../protocol/address.ts';
import { type Compared, differences, metricRows } from './compared.ts';
import { type HeadMatch, headPatterns, matchHeads } from './heads.ts';

/** One JSON object: configurations, metrics with the best marked, differing settings, and heads matched with the first run's. */
export function compareJson(runs: readonly Compared[]): string {
  const rows = metricRows(runs);
  const [first, ...others] = runs;
  return JSON.stringify({
    v: 1,
    runs: runs.map(({ name, state }, i) => ({
      name,
      step: state.step,
      config: state.config,
      metrics: Object.fromEntries(
        rows.flatMap(({ name: metric, values, best }) => {
          const value = values[i];
          if (!value) return [];
          const { unit = '', better = 'none' } = metricInfo(metric) ?? {};
          const { mean, stderr, n } = value;
          const known = mean === null ? { mean, reason: 'not finite' } : { mean };
          return [[metric, { ...known, stderr, n, unit, better, best: best === i }]];
        }),
      ),
    })),
    differences: differences(runs).map(({ path, values }) => ({ path, values: values.map((value) => value ?? null) })),
    heads: others.map((other) => ({ run: first!.name, with: other.name, matches: described(first!, other) })),
  });
}

/** The table as CSV, a line for every metric of every run. */
export function compareCsv(runs: readonly Compared[]): string {
  const lines = metricRows(runs).flatMap(({ name, values, best }) =>
    values.flatMap((value, i) =>
      value ? [[name, quoted(runs[i]!.name), value.mean ?? '', value.stderr ?? '', value.n, best === i].join(',')] : [],
    ),
  );
  return ['metric,run,mean,stderr,n,best', ...lines].join('\n');
}

function described(a: Compared, b: Compared) {
  const [ofA, ofB] = [headPatterns(a.frame), headPatterns(b.frame)];
  if (!ofA || !ofB) return [];
  const address = (index: number, heads: number): string =>
    formatAddress({ layer: Math.floor(index / heads), head: index % heads });
  return matchHeads(ofA, ofB).map(({ head, counterpart, similarity }: HeadMatch) => ({
    head: address(head, ofA.heads),
    counterpart: address(counterpart, ofB.heads),
    similarity,
  }));
}

function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
