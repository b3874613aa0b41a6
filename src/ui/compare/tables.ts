import { fitNumber, significant } from '../../core/format.ts';
import { markerOf } from '../../plot/curves.ts';
import type { Line, Span } from '../../plot/text.ts';
import { fitText, repeated, span, textWidth } from '../../plot/text.ts';
import type { Metric } from '../../protocol/measures.ts';
import {
  differences,
  earlierEvaluations,
  isSure,
  type MetricRow,
  metricOf,
  metricRows,
  timesText,
  type Value,
} from '../../runs/compare/compared.ts';
import { type CompareModel, runToken } from './model.ts';

type Size = { readonly columns: number; readonly rows: number };

/** Cells of a number by itself, with the mark of the best. */
const numberWidth = 9;

/** What every run measures at its end, with the best marked; above it, where they stand nowhere else, a few settings that differ. */
export function drawMetrics(model: CompareModel, size: Size, mostSettings = 0) {
  const rows = telling(metricRows(model.runs), model.curves[model.curve]);
  const isOver = model.runs.some(({ over }) => over);
  const form = formFor(model, rows, size.columns);
  const { write, said, column, isNamed } = form;
  const name = size.columns - column * model.runs.length - 2;
  const lines = rows.map((row): Line => {
    const { name: metric, values, best, ratios } = row;
    return [
      span(` ${fitText(nameOf(metricOf(model.runs, metric), metric, isNamed ? name : 0), name)}`, { fg: 'hint' }),
      ...values.map((value, i): Span => {
        const text = write(value, ratios[i] ?? null).padStart(column - 2);
        return i === best && isSure(row) ? span(` ${text}✓`, { fg: runToken(i), bold: true }) : span(` ${text} `);
      }),
    ];
  });
  const settings = differences(model.runs)
    .slice(0, mostSettings)
    .map(
      ({ path, values }): Line => [
        span(` ${fitText(textWidth(path) <= name ? path : path.split('.').at(-1)!, name)}`, { fg: 'hint' }),
        ...values.map((value) => span(` ${fitText(settingText(value), column - 2, 'right')} `, { fg: 'value' })),
      ],
    );
  const earlier = earlierEvaluations(model.runs).map((text): Line => [span(` ${text}`, { fg: 'hint' })]);
  const what = said === '' ? said : `${isOver ? 'mean ± sd' : 'value ± error'}${said}`;
  return table('metrics at the end', [...settings, ...lines, ...earlier], model, size, column, what.trim());
}

/** The metric of the curve in view, then those in which the runs differ, then the others. */
function telling(rows: readonly MetricRow[], curve: string | undefined): MetricRow[] {
  const rank = ({ name, values }: MetricRow): number =>
    name === curve ? 0 : new Set(values.map((value) => value?.mean)).size > 1 ? 1 : 2;
  return rows.toSorted((a, b) => rank(a) - rank(b));
}

const settingText = (value: unknown): string => (value === undefined ? '–' : String(value));

/** Columns that the metrics want, at most `most` of them. */
export function metricColumns(model: CompareModel, most: number): number {
  const rows = metricRows(model.runs);
  const { column, names } = formFor(model, rows, most);
  return model.runs.length * column + names + 3;
}

interface Form {
  readonly write: (value: Value | undefined, ratio: number | null) => string;
  /** What it says beside the value and its error; empty where it says the value alone. */
  readonly said: string;
  /** Cells of the column of a run, and of the names. */
  readonly column: number;
  readonly names: number;
  /** Whether metrics have their full names. */
  readonly isNamed: boolean;
}

/** How values are written: as fully as leaves room for all of them and for their names, full ones before short ones. */
function formFor({ runs, look }: CompareModel, rows: readonly MetricRow[], columns: number): Form {
  const namesOf = (kind: 'title' | 'short') =>
    Math.max(...rows.map(({ name }) => textWidth(metricOf(runs, name)?.[kind] ?? name)));
  const [titles, shorts] = [namesOf('title'), namesOf('short')];
  const errorOf = (value: Value | undefined, sign: string): string => {
    const { mean, n, stderr, sd = stderr } = value ?? {};
    // Not one of so many prompts: an error of 0 would say that it is sure.
    if (mean === 0 && sd === 0 && n !== undefined && n > 1) return ` of ${n}`;
    return typeof sd === 'number' ? `${sign}${significant(sd, 2)}` : '';
  };
  const spread = (sign: string, isRated: boolean): Form['write'] => {
    // Values stand below each other, with an error or without.
    const width = Math.max(0, ...rows.flatMap(({ values }) => values.map((value) => errorOf(value, sign).length)));
    return (value, ratio) => {
      const rated = isRated ? ` ${ratio === null ? '     ' : timesText(ratio).padEnd(5)}` : '';
      return `${significant(value?.mean ?? null)}${errorOf(value, sign).padEnd(width)}${rated}`;
    };
  };
  const plain: Form['write'] = (value) => fitNumber(value?.mean ?? null, numberWidth - 2);
  // Without a sign of its own, an error would look like a part of its value.
  const signs = look.glyphs === 'ascii' ? [' ± '] : [' ± ', '±'];
  const rated = signs.map((sign) => ({ write: spread(sign, true), said: ' × the best' }));
  const spreads = signs.map((sign) => ({ write: spread(sign, false), said: ' ' }));
  const forms = [
    ...rated.map((form) => ({ ...form, isNamed: true })),
    ...[...rated, ...spreads, { write: plain, said: '' }].map((form) => ({ ...form, isNamed: false })),
  ].map((form): Form => {
    const texts = rows.flatMap(({ values, ratios }) => values.map((value, i) => form.write(value, ratios[i] ?? null)));
    const column = Math.max(numberWidth, ...texts.map((text) => text.length + 2));
    return { ...form, column, names: form.isNamed ? titles : shorts };
  });
  return forms.find(({ column, names }) => runs.length * column + names + 3 <= columns) ?? forms.at(-1)!;
}

/** The fullest name of a metric that fits. */
function nameOf(info: Metric | undefined, metric: string, width: number): string {
  const { title, short } = info ?? { title: metric, short: metric };
  return textWidth(title) <= width ? title : short;
}

/** The settings in which the runs differ. */
export function drawSettings(model: CompareModel, size: Size) {
  const rows = differences(model.runs);
  const column = Math.max(numberWidth, Math.min(18, Math.floor((size.columns * 0.6) / model.runs.length)));
  const name = size.columns - column * model.runs.length - 2;
  const lines = rows.map(
    ({ path, values }): Line => [
      span(` ${fitText(path, name)}`, { fg: 'hint' }),
      ...values.map((value) => span(` ${fitText(settingText(value), column - 2, 'right')} `)),
    ],
  );
  const same: Line = [span(' no setting differs', { fg: 'hint' })];
  return table('settings that differ', lines.length > 0 ? lines : [same], model, size, column);
}

/** Rows in view under the signs of the runs. */
function table(
  title: string,
  lines: readonly Line[],
  { runs, row }: CompareModel,
  size: Size,
  column: number,
  what = '',
) {
  const room = size.rows - 1;
  const first = Math.max(0, Math.min(row, lines.length - room));
  const head: Line = [
    span(repeated(' ', Math.max(1, size.columns - column * runs.length - 1))),
    ...runs.map((_, i) =>
      span(
        markerOf(runToken(i))
          .unicode.padStart(column - 1)
          .padEnd(column),
        { fg: runToken(i), bold: true },
      ),
    ),
  ];
  const left = lines.length - first - room;
  const more = [first > 0 ? `${first} more ↑` : '', left > 0 ? `${left} more ↓` : ''];
  const detail = [what, ...more].filter((text) => text !== '').join(' · ');
  return { title, detail, body: [head, ...lines.slice(first, first + room)] };
}
