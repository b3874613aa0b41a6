import { fitNumber, significant } from '../../core/format.ts';
import { markerOf } from '../../plot/curves.ts';
import type { Line, Span } from '../../plot/text.ts';
import { fitText, repeated, span, textWidth } from '../../plot/text.ts';
import type { Metric } from '../../protocol/measures.ts';
import {
  differences,
  earlierEvaluations,
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

/** What every run measures at its end, with the best marked. */
export function drawMetrics(model: CompareModel, size: Size) {
  const rows = metricRows(model.runs);
  const isOver = model.runs.some(({ over }) => over);
  const { write, said, column } = formFor(model.runs, rows, size.columns);
  const name = size.columns - column * model.runs.length - 2;
  const lines = rows.map(
    ({ name: metric, values, best, ratios }): Line => [
      span(` ${fitText(nameOf(metricOf(model.runs, metric), metric, name), name)}`, { fg: 'hint' }),
      ...values.map((value, i): Span => {
        const text = write(value, ratios[i] ?? null).padStart(column - 2);
        return i === best ? span(` ${text}✓`, { fg: runToken(i), bold: true }) : span(` ${text} `);
      }),
    ],
  );
  const earlier = earlierEvaluations(model.runs).map((text): Line => [span(` ${text}`, { fg: 'hint' })]);
  const what = said === '' ? said : `${isOver ? 'mean ± sd' : 'value ± error'}${said}`;
  return table('metrics at the end', [...lines, ...earlier], model, size, column, what.trim());
}

interface Form {
  readonly write: (value: Value | undefined, ratio: number | null) => string;
  /** What it says beside the value and its error; empty where it says the value alone. */
  readonly said: string;
  /** Cells of the column of a run. */
  readonly column: number;
}

/** How values are written: as fully as leaves room for all of them and for their names. */
function formFor(runs: CompareModel['runs'], rows: readonly MetricRow[], columns: number): Form {
  const names = Math.max(...rows.map(({ name }) => textWidth(metricOf(runs, name)?.short ?? name)));
  const errorOf = (value: Value | undefined, sign: string): string => {
    const { stderr, sd = stderr } = value ?? {};
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
  const forms = [
    { write: spread(' ± ', true), said: ' × the best' },
    { write: spread('±', true), said: ' × the best' },
    { write: spread(' ± ', false), said: ' ' },
    { write: spread('±', false), said: ' ' },
  ].map(({ write, said }): Form => {
    const texts = rows.flatMap(({ values, ratios }) => values.map((value, i) => write(value, ratios[i] ?? null)));
    return { write, said, column: Math.max(numberWidth, ...texts.map((text) => text.length + 2)) };
  });
  const plain: Form = {
    write: (value) => fitNumber(value?.mean ?? null, numberWidth - 2),
    said: '',
    column: numberWidth,
  };
  return forms.find(({ column }) => runs.length * column + names + 3 <= columns) ?? plain;
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
      ...values.map((value) => span(` ${fitText(value === undefined ? '–' : String(value), column - 1, 'right')}`)),
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
