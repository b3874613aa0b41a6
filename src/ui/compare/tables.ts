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

/** Cells of a number with its standard error left away, and of the mark of the best. */
const numberWidth = 9;
/** Most cells of a number, and of a mean with its standard deviation and how many times the best it is. */
const widest = { number: 14, mean: 27 };

/** What every run measures at its end, with the best marked. */
export function drawMetrics(model: CompareModel, size: Size) {
  const rows = metricRows(model.runs);
  const isOver = model.runs.some(({ over }) => over);
  const most = isOver ? widest.mean : widest.number;
  const share = isOver ? 0.7 : 0.6;
  const column = Math.max(numberWidth, Math.min(most, Math.floor((size.columns * share) / model.runs.length)));
  const name = size.columns - column * model.runs.length - 2;
  const form = formFor(rows, column - 2);
  const lines = rows.map(
    ({ name: metric, values, best, ratios }): Line => [
      span(` ${fitText(nameOf(metricOf(model.runs, metric), metric, name), name)}`, { fg: 'hint' }),
      ...values.map((value, i): Span => {
        const text = form(value, ratios[i] ?? null).padStart(column - 2);
        return i === best ? span(` ${text}✓`, { fg: runToken(i), bold: true }) : span(` ${text} `);
      }),
    ],
  );
  const earlier = earlierEvaluations(model.runs).map((text): Line => [span(` ${text}`, { fg: 'hint' })]);
  return table(
    isOver ? 'at the end: mean ± sd × the best' : 'metrics at the end',
    [...lines, ...earlier],
    model,
    size,
    column,
  );
}

type Form = (value: Value | undefined, ratio: number | null) => string;

/** How values are written: as fully as leaves room for all of them, of means with deviation and how many times the best. */
function formFor(rows: readonly MetricRow[], width: number): Form {
  const spread =
    (sign: string, isRated: boolean): Form =>
    (value, ratio) => {
      const { mean = null, sd = null } = value ?? {};
      const rated = isRated ? ` ${ratio === null ? '     ' : timesText(ratio).padEnd(5)}` : '';
      return `${significant(mean)}${sd === null ? '' : `${sign}${significant(sd, 2)}`}${rated}`;
    };
  const plain: Form = (value) => fitNumber(value?.mean ?? null, width);
  const isOver = rows.some(({ values }) => values.some((value) => value?.sd !== undefined));
  const forms = isOver ? [spread(' ± ', true), spread('±', true), spread(' ± ', false), spread('±', false)] : [];
  const fits = (form: Form): boolean =>
    rows.every(({ values, ratios }) => values.every((value, i) => form(value, ratios[i] ?? null).length <= width));
  return forms.find(fits) ?? plain;
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
function table(title: string, lines: readonly Line[], { runs, row }: CompareModel, size: Size, column: number) {
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
  const range = lines.length > room ? `${first + 1}–${Math.min(first + room, lines.length)} of ${lines.length}` : '';
  return { title, detail: range, body: [head, ...lines.slice(first, first + room)] };
}
