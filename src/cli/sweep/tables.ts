import { UserError } from '../../core/errors.ts';
import { significant } from '../../core/format.ts';
import { nearest } from '../../core/nearest.ts';
import { headlineMetric } from '../../metrics/headline.ts';
import { isSame, picked, settingsText, type Values, valueText, variedPaths } from '../../sweep/cells.ts';
import { groupsOf, openRunsText, type Spread, spreadOf, type Which } from '../../sweep/groups.ts';
import type { SweepRecord } from '../../sweep/record.ts';
import type { CellResult } from '../../sweep/results.ts';

export interface TableOptions {
  readonly metric?: string | undefined;
  readonly which?: Which;
  /** Settings whose values stand down and across. */
  readonly rows?: string | undefined;
  readonly columns?: string | undefined;
}

/** Mean and spread over seeds, laid out: a title, heads of columns, and rows of cells. */
export interface Table {
  readonly title: string;
  /** What the means are over, as one says how many: `seed`, or `run` where settings are averaged over as well. */
  readonly unit: 'seed' | 'run';
  readonly corner: string;
  readonly heads: readonly string[];
  readonly rows: readonly { readonly name: string; readonly cells: readonly Spread[] }[];
}

/** The metric that was asked for, or the one that runs of this task are judged by. @throws UserError when it has no such value */
export function metricFor(
  results: readonly CellResult[],
  { metric: asked, which = 'last' }: TableOptions,
): { name: string; title: string } {
  const outcome = results.find((one) => one.outcome)?.outcome;
  if (!outcome) throw new UserError({ what: 'no run of this sweep has a snapshot yet', fix: 'wait for the first' });
  const names = outcome.measured.map(({ metric }) => metric);
  const usual = headlineMetric(outcome.metrics, (metric) => names.includes(metric)) ?? names[0]!;
  const name = asked === undefined ? usual : outcome.metrics.named(asked, names);
  if (name === undefined) {
    throw new UserError({
      where: '--metric',
      what: `no metric "${asked}"`,
      expected: `one of ${names.join(', ')}`,
      fix: nearest(asked!, names) || undefined,
    });
  }
  const { better = 'none', unit } = outcome.metrics.info(name) ?? {};
  if (which === 'best' && better === 'none') {
    throw new UserError({
      where: '--value best',
      what: `of ${name} no value is better than another`,
      fix: 'take last',
    });
  }
  const title = outcome.metrics.title(name);
  return { name, title: unit === undefined ? title : `${title}, ${unit}` };
}

/** Which settings stand down and across, and over which means are taken besides seeds. @throws UserError for others */
function layoutOf(sweep: SweepRecord, options: TableOptions): { down: string[]; across?: string; over: string[] } {
  const paths = variedPaths(sweep);
  // Settings that move together are one axis: across each other, most of the table would be empty.
  const usual = paths.length > 1 ? Object.keys(sweep.grid).at(-1) : undefined;
  const across = pathNamed(options.columns, paths, '--columns') ?? usual;
  const chosen = pathNamed(options.rows, paths, '--rows');
  if (chosen !== undefined && chosen === across) {
    const fix = options.columns === undefined ? 'name another, or --columns as well' : 'name another';
    throw new UserError({ where: '--rows', what: `${chosen} is in the columns`, fix });
  }
  const down = chosen === undefined ? paths.filter((path) => path !== across) : [chosen];
  const over = paths.filter((path) => path !== across && !down.includes(path));
  return { down, ...(across !== undefined && { across }), over };
}

export function tableOf(sweep: SweepRecord, results: readonly CellResult[], options: TableOptions): Table {
  const { which = 'last' } = options;
  const metric = metricFor(results, options);
  const { down, across: columns, over } = layoutOf(sweep, options);
  const groups = groupsOf(sweep, results, columns === undefined ? down : [...down, columns]);
  const heads = columns === undefined ? [undefined] : unique(groups.map(({ settings }) => settings[columns]));
  const rowSettings = unique(groups.map(({ settings }) => picked(settings, down))) as Values[];
  const isOpen = groups.some(({ open }) => open > 0);
  const when = which === 'best' ? 'best so far' : isOpen ? 'at the last step' : 'at the end';
  const open = openRunsText(groups);
  const nothing: Spread = { mean: null, sd: null, lowest: null, n: 0 };
  return {
    title: `${metric.title} (${when}, mean ± sd over ${['seeds', ...over].join(', ')}${open && `; ${open}`})`,
    unit: over.length > 0 ? 'run' : 'seed',
    corner: columns === undefined ? '' : columns,
    heads: columns === undefined ? [''] : heads.map(valueText),
    rows: rowSettings.map((settings) => ({
      name: settingsText(settings) || 'all',
      cells: heads.map((value) => {
        const wanted = columns === undefined ? settings : { ...settings, [columns]: value };
        const group = groups.find((one) => isSame(one.settings, wanted));
        return group ? spreadOf(group, metric.name, which) : nothing;
      }),
    })),
  };
}

/** The table for people. */
export function resultsText(sweep: SweepRecord, results: readonly CellResult[], options: TableOptions): string[] {
  const { title, unit, corner, heads, rows } = tableOf(sweep, results, options);
  const counts = countsOf(rows);
  const texts = rows.map(({ cells }) => cells.map((cell) => spreadText(cell, counts.size > 1)));
  const first = Math.max(corner.length, ...rows.map(({ name }) => name.length));
  const widths = heads.map((head, i) => 2 + Math.max(head.length, ...texts.map((row) => row[i]!.length)));
  const line = (name: string, cells: readonly string[]): string =>
    (name.padEnd(first) + cells.map((cell, i) => cell.padStart(widths[i]!)).join('')).trimEnd();
  const seeds = counts.size === 1 ? `, ${[...counts][0]} ${unit}${counts.has(1) ? '' : 's'}` : '';
  return [
    `${title}${seeds}`,
    ...(corner === '' ? [] : [line(`${corner} →`, heads)]),
    ...rows.map(({ name }, i) => line(name, texts[i]!)),
  ];
}

export function resultsMarkdown(table: Table): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replace(/[\\|]/g, '\\$&')).join(' | ')} |`;
  const isUneven = countsOf(table.rows).size > 1;
  return [
    line([table.corner, ...table.heads]),
    line(['---', ...table.heads.map(() => '---:')]),
    ...table.rows.map(({ name, cells }) => line([name, ...cells.map((cell) => spreadText(cell, isUneven))])),
    '',
    table.title,
  ];
}

/** A `tabular` that needs no package. */
export function resultsLatex(table: Table): string[] {
  const line = (cells: readonly string[]): string => `${cells.join(' & ')} \\\\`;
  const isUneven = countsOf(table.rows).size > 1;
  const number = ({ mean, sd, n }: Spread): string => {
    if (mean === null) return '--';
    const spread = sd === null ? '' : ` \\pm ${texNumber(sd, 2)}`;
    return `$${texNumber(mean, 3)}${spread}$${isUneven ? ` (${n})` : ''}`;
  };
  return [
    `% ${table.title}`,
    `\\begin{tabular}{l${'r'.repeat(table.heads.length)}}`,
    '\\hline',
    line([texText(table.corner), ...table.heads.map(texText)]),
    '\\hline',
    ...table.rows.map(({ name, cells }) => line([texText(name), ...cells.map(number)])),
    '\\hline',
    '\\end{tabular}',
  ];
}

/** Over how many seeds the means are, of those that there are; where that differs, it is said of each. */
function countsOf(rows: Table['rows']): ReadonlySet<number> {
  return new Set(rows.flatMap(({ cells }) => cells.map(({ n }) => n)).filter((n) => n > 0));
}

function spreadText({ mean, sd, n }: Spread, counted: boolean): string {
  if (mean === null) return '–';
  const text = sd === null ? significant(mean) : `${significant(mean)} ± ${significant(sd, 2)}`;
  return counted ? `${text} (${n})` : text;
}

function texNumber(value: number, digits: number): string {
  const [mantissa, exponent] = significant(value, digits).replaceAll(' ', '\\,').split('e');
  return exponent === undefined ? mantissa! : `${mantissa} \\times 10^{${exponent}}`;
}

/** What stands for itself in a text of LaTeX. */
const texText = (text: string): string =>
  text
    .replace(/[\\^~]|[_&%#${}]/g, (sign) => {
      const words: Readonly<Record<string, string>> = { '\\': 'backslash', '^': 'asciicircum', '~': 'asciitilde' };
      return words[sign] === undefined ? `\\${sign}` : `\\text${words[sign]}{}`;
    })
    .replaceAll('·', '$\\cdot$');

/** The setting that varies and is a word, or ends in it. @throws UserError where there is no such */
export function pathNamed(word: string | undefined, paths: readonly string[], where: string): string | undefined {
  if (word === undefined) return undefined;
  const found = paths.find((path) => path === word) ?? paths.find((path) => path.split('.').at(-1) === word);
  if (found) return found;
  throw new UserError({
    where,
    what: `${word} does not vary in this sweep`,
    expected: paths.length > 0 ? `one of ${paths.join(', ')}` : undefined,
    fix: nearest(word, paths) || undefined,
  });
}

function unique(values: readonly unknown[]): unknown[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
