import { fitNumber } from '../../core/format.ts';
import { markerOf } from '../../plot/curves.ts';
import type { Line, Span } from '../../plot/text.ts';
import { fitText, repeated, span, textWidth } from '../../plot/text.ts';
import type { Metric } from '../../protocol/measures.ts';
import { differences, earlierEvaluations, metricOf, metricRows } from '../../runs/compare/compared.ts';
import { type CompareModel, runToken } from './model.ts';

type Size = { readonly columns: number; readonly rows: number };

/** Cells of a number with its standard error left away, and of the mark of the best. */
const numberWidth = 9;

/** What every run measures at its end, with the best marked. */
export function drawMetrics(model: CompareModel, size: Size) {
  const rows = metricRows(model.runs);
  const column = Math.max(numberWidth, Math.min(14, Math.floor((size.columns * 0.6) / model.runs.length)));
  const name = size.columns - column * model.runs.length - 2;
  const lines = rows.map(
    ({ name: metric, values, best }): Line => [
      span(` ${fitText(nameOf(metricOf(model.runs, metric), metric, name), name)}`, { fg: 'hint' }),
      ...values.map((value, i): Span => {
        const text = fitNumber(value?.mean ?? null, column - 2);
        return i === best ? span(` ${text}✓`, { fg: runToken(i), bold: true }) : span(` ${text} `);
      }),
    ],
  );
  const earlier = earlierEvaluations(model.runs).map((text): Line => [span(` ${text}`, { fg: 'hint' })]);
  return table('metrics at the end', [...lines, ...earlier], model, size, column);
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
