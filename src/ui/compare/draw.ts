import { thousands } from '../../core/format.ts';
import { markerOf } from '../../plot/curves.ts';
import { pixelsPerCell } from '../../plot/heatmap.ts';
import { drawPanel } from '../../plot/panel.ts';
import { tellApart } from '../../plot/tell_apart.ts';
import type { Line } from '../../plot/text.ts';
import { lineWidth, repeated, span, textWidth } from '../../plot/text.ts';
import { membersText } from '../../runs/compare/compared.ts';
import { drawBetweenBars } from '../screen/bars.ts';
import type { Guard } from '../screen/faults.ts';
import { failedBody, unguarded } from '../screen/faults.ts';
import { hintLine } from '../screen/hints.ts';
import type { Size } from '../screen/size.ts';
import type { Row } from '../terminal/cells.ts';
import { drawCompareCurves } from './curves.ts';
import { drawCompareHeads, standAbreast } from './heads.ts';
import { compareKeys } from './keys.ts';
import { belowOf, type CompareModel, hasMetricsBeside, lowRows, runToken } from './model.ts';
import { drawMetrics, drawSettings, metricColumns } from './tables.ts';
import { verdictOf } from './verdict.ts';

/** Columns from which tables stand beside the curves instead of below them. */
const sideBySide = 110;

/** Rows that curves and tables have above the heads, at least; of a low screen half. */
const leastAbove = 18;

/** Share of the columns that metrics have, at most. */
const mostMetrics = { narrow: 0.56, wide: 0.62 };
/** Settings that stand above the metrics on a small screen, at most. */
const fewSettings = 2;

/** What a part of the screen shows, without its border. */
interface ComparePicture {
  readonly title: string;
  readonly detail?: string;
  readonly body: readonly Line[];
}

type Draw = (model: CompareModel, size: Size) => ComparePicture;

/** The rows of the screen of several runs, from the top. */
export function drawCompare(model: CompareModel, guard: Guard = unguarded): Row[] {
  const parts = { head: topLine, body: panelsOf, status: statusLine, hints, bindings: compareKeys };
  return drawBetweenBars(model, guard, parts);
}

function panelsOf(model: CompareModel, { columns, rows: height }: Size, guard: Guard): Line[] {
  const panel = (draw: Draw, width: number, rows: number): Line[] => drawn(model, draw, width, rows, guard);
  const tables = { heads: drawCompareHeads, metrics: drawMetrics, settings: drawSettings };
  const one = { ...tables, curves: drawCompareCurves }[belowOf(model)];
  if (model.size.rows < lowRows) return panel(one, columns, height);
  if (columns < sideBySide) {
    const above = Math.ceil(height / 2);
    const below = panel(one, columns, height - above);
    if (!hasMetricsBeside(columns, model.runs.length)) return [...panel(drawCompareCurves, columns, above), ...below];
    const right = 2 + guardedColumns(model, Math.floor(columns * mostMetrics.narrow) - 2, guard);
    const drawMetricsToo: Draw = (of, size) => drawMetrics(of, size, fewSettings);
    const table = panel(drawMetricsToo, right, above);
    return [...besides(panel(drawCurvesAlone, columns - right, above), table), ...below];
  }
  // Heads that are drawn whole need no more rows; curves get the rest.
  const most = Math.max(Math.ceil(height / 2), height - Math.max(leastAbove, Math.floor(height / 3)));
  const heads = Math.min(most, 3 + headRows(model) * (standAbreast(model, columns - 2) ? 1 : model.runs.length));
  const above = height - heads;
  const wanted = 2 + guardedColumns(model, Math.floor(columns * mostMetrics.wide) - 2, guard);
  const left = columns - Math.max(Math.round(columns / 2), wanted);
  const settings = Math.min(
    Math.floor(above / 2),
    guard(
      'the settings',
      () => settingsRows(model),
      () => 3,
    ) + 2,
  );
  const right = [
    ...panel(drawMetrics, columns - left, above - settings),
    ...panel(drawSettings, columns - left, settings),
  ];
  return [...besides(panel(drawCompareCurves, left, above), right), ...panel(drawCompareHeads, columns, heads)];
}

const besides = (left: readonly Line[], right: readonly Line[]): Line[] =>
  left.map((line, row) => [...line, ...right[row]!]);

const guardedColumns = (model: CompareModel, most: number, guard: Guard): number =>
  guard(
    'the widths',
    () => metricColumns(model, most),
    () => most,
  );

/** Curves whose values stand beside them. */
const drawCurvesAlone: Draw = (model, size) => drawCompareCurves(model, size, false);

/** Rows of the pictures of a run under their labels, each entry with a pixel of its own. */
function headRows({ patterns, look }: CompareModel): number {
  const queries = patterns.map((one) => (one ? (one.queries === 1 ? one.prompts : one.queries) : 0));
  return 1 + Math.ceil(Math.max(...queries) / pixelsPerCell(look));
}

function settingsRows(model: CompareModel): number {
  return Math.max(3, drawSettings(model, { columns: 200, rows: 100 }).body.length);
}

function drawn(model: CompareModel, draw: Draw, width: number, height: number, guard: Guard): Line[] {
  const what = draw.name.replace(/^draw(Compare)?/, '').toLowerCase();
  const picture = guard<ComparePicture>(
    `the panel "${what}"`,
    () => draw(model, { columns: width - 2, rows: height - 2 }),
    (message) => ({ title: what, body: failedBody(message, width - 2) }),
  );
  return drawPanel({ width, height, glyphs: model.look.glyphs, ...picture });
}

/** Names of the runs in their colours, with the sign that their curves carry. */
function topLine({ runs, size }: CompareModel): Line {
  const program = span(' incline ', { fg: 'focus', bold: true, inverse: true });
  const steps = runs.map(({ state, over }) => ` ${thousands(state.step)}${over ? ` · ${membersText(over)}` : ''}`);
  const around = steps.reduce((sum, step) => sum + step.length + 4, textWidth(program.text));
  const names = tellApart(
    runs.map(({ name }) => name),
    Math.max(6, Math.floor((size.columns - around) / runs.length)),
  );
  return [
    program,
    ...runs.flatMap((_, i) => [
      span(`  ${markerOf(runToken(i)).unicode} ${names[i]}`, { fg: runToken(i), bold: true }),
      span(steps[i]!, { fg: 'hint' }),
    ]),
  ];
}

/** What there is to say, else which run is the best; then what they learn, where there is room. */
function statusLine(model: CompareModel): Line {
  const { notice, runs, size } = model;
  if (notice !== '') return [span(' · ', { fg: 'hint' }), span(notice)];
  const tasks = [...new Set(runs.map(({ state }) => `${state.config.task.name} · ${state.config.model.name}`))];
  const learnt = span(` ${tasks.join('  |  ')}`, { fg: 'hint' });
  const verdict = verdictOf(model, size.columns);
  if (!verdict) return [learnt];
  const left = size.columns - lineWidth(verdict) - textWidth(learnt.text) - 1;
  return left < 2 ? verdict : [...verdict, span(repeated(' ', left)), learnt];
}

function hints(model: CompareModel): Line {
  const { columns, rows } = model.size;
  const keys = compareKeys.filter(({ small }) => !small || columns < sideBySide || rows < lowRows);
  return [span(' '), ...hintLine(model, keys, columns - 2)];
}
