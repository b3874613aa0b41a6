import { csvOf } from '../../core/csv.ts';
import { estimateAsJson } from '../../metrics/estimate.ts';
import { formatAddress } from '../../protocol/address.ts';
import { headPatterns } from '../patterns.ts';
import { type Compared, differences, metricOf, metricRows } from './compared.ts';
import { headTable } from './head_table.ts';

/** For one JSON object: configurations, metrics with the best marked, differing settings, and heads matched with those of the run that has the most. */
export function compareJson(runs: readonly Compared[]): object {
  const rows = metricRows(runs);
  return {
    v: 1,
    runs: runs.map(({ name, state, notices, over }, i) => ({
      name,
      step: state.step,
      ...(over && { runs: over.runs, seeds: over.seeds }),
      config: state.config,
      ...(notices.length > 0 && { notices }),
      metrics: Object.fromEntries(
        rows.flatMap(({ name: metric, values, best, ratios }) => {
          const value = values[i];
          if (!value) return [];
          const { unit = '', better = 'none' } = metricOf(runs, metric) ?? {};
          const { mean, sd = null, n } = value;
          const told = over ? { mean, sd, n, ratio: ratios[i] ?? null } : estimateAsJson(value);
          return [[metric, { ...told, unit, better, best: best === i }]];
        }),
      ),
    })),
    differences: differences(runs).map(({ path, values }) => ({ path, values: values.map((value) => value ?? null) })),
    heads: matches(runs),
  };
}

/** The table as CSV, a line for every metric of every run, or of every group with what it spreads over its runs. */
export function compareCsv(runs: readonly Compared[]): string {
  if (runs.some(({ over }) => over)) {
    const rows = metricRows(runs).flatMap(({ name, values, best, ratios }) =>
      values.flatMap((value, i) =>
        value ? [[name, runs[i]!.name, value.mean, value.sd, value.n, ratios[i], best === i]] : [],
      ),
    );
    return csvOf([['metric', 'group', 'mean', 'sd', 'n', 'ratio', 'best'], ...rows]);
  }
  const rows = metricRows(runs).flatMap(({ name, values, best }) =>
    values.flatMap((value, i) => (value ? [[name, runs[i]!.name, value.mean, value.stderr, value.n, best === i]] : [])),
  );
  return csvOf([['metric', 'run', 'mean', 'stderr', 'n', 'best'], ...rows]);
}

/** The heads of the other runs beside those of the run with the most, as screen and picture place them. */
function matches(runs: readonly Compared[]) {
  const patterns = runs.map(({ frame }) => headPatterns(frame));
  const table = headTable(patterns);
  if (!table) return [];
  const address = (index: number, run: number): string => {
    const { heads } = patterns[run]!;
    return formatAddress({ layer: Math.floor(index / heads), head: index % heads });
  };
  const others = runs.map((_, i) => i).filter((i) => i !== table.reference);
  return others.map((other) => ({
    run: runs[table.reference]!.name,
    with: runs[other]!.name,
    matches: (table.rows[other] ?? []).flatMap((placed, head) =>
      placed?.similarity === undefined
        ? []
        : [
            {
              head: address(head, table.reference),
              counterpart: address(placed.head, other),
              similarity: placed.similarity,
            },
          ],
    ),
  }));
}
