import { duration, significant } from '../../core/format.ts';
import { Canvas } from '../../plot/canvas.ts';
import { drawChart } from '../../plot/chart.ts';
import { courseOf } from '../../plot/course.ts';
import { drawHeads } from '../../plot/curve_marks.ts';
import { bandTint, drawBand, drawCurve } from '../../plot/curves.ts';
import { drawPanel } from '../../plot/panel.ts';
import { fitLine, type Line, lineWidth, span, textWidth } from '../../plot/text.ts';
import { gutter, valueAxis } from '../../plot/value_axis.ts';
import { valueText } from '../../sweep/cells.ts';
import { type Combination, curveOf, type Matrix, secondsLeft, shareDone, spreadOver } from '../../sweep/overview.ts';
import type { Size } from '../screen/size.ts';
import { tintsOf } from '../terminal/look.ts';
import { tokenOf, type ValueAxis, valueAxisOf } from './axis.ts';
import { bestOf } from './best.ts';
import { nameOf, type SweepModel } from './model.ts';
import { progressBar, stateCounts } from './states.ts';

/** Cells inside a tile from which its curve has axes of its own. */
const withAxes = { columns: 44, rows: 9 };
/** Those from which values stand left of it. */
const withValues = { columns: 30, rows: 3 };
/** Cells of the bar of progress. */
const barWidth = 6;

const drawn = new WeakMap<Combination, { readonly key: string; readonly lines: Line[] }>();

/**
 * The runs of one combination: mean and band of the metric along training, and how far they are. Of many only a few are being
 * trained: the tiles of all others stay as they were drawn.
 */
export function drawTile(model: SweepModel, combination: Combination, size: Size, isSelected: boolean): Line[] {
  if (combination.cells.some(({ state }) => state === 'running'))
    return freshTile(model, combination, size, isSelected);
  const { data, metric, look } = model;
  const isReading = data.unread > 0;
  const form = formOf(model, size.columns - 8);
  const isBest = combination === bestOf(model);
  const key = JSON.stringify([
    size,
    form,
    isSelected,
    isBest,
    metric,
    valueAxisOf(model),
    data.sweep.steps,
    look.glyphs,
    tintsOf(look),
    isReading,
  ]);
  const known = drawn.get(combination);
  if (known?.key === key) return known.lines;
  const lines = freshTile(model, combination, size, isSelected);
  drawn.set(combination, { key, lines });
  return lines;
}

function freshTile(model: SweepModel, combination: Combination, size: Size, isSelected: boolean): Line[] {
  const { columns, rows } = size;
  const { name, value, mark } = headsOf(combination, model.metric)[formOf(model, columns - 8)]!;
  const inside = { columns: columns - 2, rows: rows - 2 };
  const trouble = troubleOf(combination, inside.columns);
  return drawPanel({
    width: columns,
    height: rows,
    title: name,
    detail: valueLine(model, combination, value, mark),
    footer: footOf(model, combination, columns - 8),
    focused: isSelected,
    glyphs: model.look.glyphs,
    body: [...curve(model, combination, { ...inside, rows: inside.rows - trouble.length }), ...trouble],
  });
}

/** The value of a tile; the best of all says so. */
function valueLine(model: SweepModel, combination: Combination, value: string, mark: string): Line {
  if (combination !== bestOf(model)) return [span(value, { fg: tokenOf(model) })];
  return [span(value, { fg: tokenOf(model), bold: true }), span(mark, { fg: 'focus', bold: true })];
}

/** After the best value of all tiles, the longest form first. */
const marks = [' ✓ best', ' ✓'];

interface Head {
  readonly name: string;
  readonly value: string;
  readonly mark: string;
}

/** The values of its settings alone. */
export const briefName = (combination: Combination): string =>
  Object.values(combination.settings).map(valueText).join(' · ') || nameOf(combination);

/** The settings and the value, from the longest form to the shortest. */
function headsOf(combination: Combination, metric: string | undefined): readonly Head[] {
  const full = nameOf(combination);
  const brief = briefName(combination);
  const texts = metric === undefined ? [] : spreadTexts(spreadOver(combination, metric));
  const values = [texts[0] ?? '', texts.at(-1) ?? '', ''];
  return [full, brief]
    .flatMap((name) => values.flatMap((value) => marks.map((mark) => ({ name, value, mark }))))
    .toSorted(byValueFirst);
}

/** A value says more than the names of the settings, which the status line has as well. */
const byValueFirst = (a: Head, b: Head): number => Number(a.value === '') - Number(b.value === '');

const forms = new WeakMap<Matrix, Map<string, number>>();

/** Which form of their heads fits in all tiles: it is the same in each. */
function formOf({ matrix, metric }: SweepModel, room: number): number {
  const known = forms.get(matrix) ?? new Map<string, number>();
  forms.set(matrix, known);
  const key = `${room} ${metric}`;
  const form =
    known.get(key) ??
    Math.max(
      ...matrix.combinations.map((combination) => {
        const heads = headsOf(combination, metric);
        const first = heads.findIndex(({ name, value, mark }) => textWidth(name + value + mark) < room);
        return first < 0 ? heads.length - 1 : first;
      }),
    );
  known.set(key, form);
  return form;
}

/** Whether tiles of so many columns leave out what their values are settings of. */
export function isBrief(model: SweepModel, columns: number): boolean {
  const [first] = model.matrix.combinations;
  if (!first) return false;
  return headsOf(first, model.metric)[formOf(model, columns - 8)]!.name !== nameOf(first);
}

/** A mean with its standard deviation, then alone; nothing without one. `~` where its seeds have come to different steps. */
export function spreadTexts({ mean, sd, apart }: ReturnType<typeof spreadOver>): string[] {
  if (mean === null) return [];
  const short = `${apart ? '~' : ''}${significant(mean)}`;
  return sd === null ? [short] : [`${short} ± ${significant(sd, 2)}`, short];
}

function footOf({ data, look }: SweepModel, { cells }: Combination, room: number): Line {
  const counts = stateCounts(cells, look);
  const share = shareDone(cells, data.sweep.steps);
  if (share === 0 || cells.every(({ state }) => state === 'done')) return fitting([counts], room);
  const running = cells.filter(({ state }) => state === 'running').length;
  const left = running > 0 ? secondsLeft(data, cells, running) : null;
  const percent = span(` ${Math.floor(100 * share)} %`);
  const time = left === null ? [] : [span(` · ${duration(left)} left`, { fg: 'hint' })];
  const progress = [span(' '), ...progressBar(share, barWidth), percent];
  return fitting(
    [[...counts, ...progress, ...time], [...counts, percent, ...time], [...counts, percent], counts],
    room,
  );
}

const fitting = (forms: readonly Line[], room: number): Line => forms.find((one) => lineWidth(one) <= room) ?? [];

/** The first run that failed or was stopped, and why, in one line. */
function troubleOf({ cells }: Combination, width: number): Line[] {
  const [first, ...more] = cells.filter(({ state }) => state === 'failed');
  if (!first) return [];
  const others = more.length > 0 ? ` (and ${more.length} more)` : '';
  return [fitLine([span(` ✕ seed ${first.seed}${others}: ${first.reason ?? 'failed'}`, { fg: 'alert' })], width)];
}

function curve(model: SweepModel, combination: Combination, size: Size): Line[] {
  const { data, metric, look } = model;
  const axis = valueAxisOf(model);
  const { steps } = data.sweep;
  const band = metric === undefined ? undefined : curveOf(combination, metric, steps);
  if (!axis || !band || band.middle.length === 0) return nothingYet(model, combination, size);
  if (size.columns < withAxes.columns || size.rows < withAxes.rows) return plain(model, band, axis, size);
  const spread = band.count > 1 ? { band: { low: band.low.view(), high: band.high.view() } } : {};
  return drawChart({
    width: size.columns,
    height: size.rows,
    glyphs: look.glyphs,
    tints: tintsOf(look),
    series: [{ label: '', role: tokenOf(model), view: band.middle.view(), ...spread }],
    x: { from: 0, to: Math.max(1, steps), scale: 'linear' },
    y: axis,
    legend: false,
  });
}

/** The curve with values beside it where there is room: its other axis is said above all tiles. */
function plain(model: SweepModel, band: ReturnType<typeof curveOf>, y: ValueAxis, size: Size): Line[] {
  const tints = tintsOf(model.look);
  const { rows } = size;
  const valued = size.columns >= withValues.columns && rows >= withValues.rows;
  const columns = valued ? size.columns - gutter : size.columns;
  const canvas = new Canvas(columns, rows, model.look.glyphs);
  const x = { from: 0, to: Math.max(1, model.data.sweep.steps), scale: 'linear' } as const;
  const [low, high, middle] = [band.low, band.high, band.middle].map((one) =>
    one.view().reduce({ columns: 2 * columns, ...x }),
  );
  const frame = { canvas, x, y };
  const role = tokenOf(model);
  const course = courseOf(frame, middle!);
  if (band.count > 1) drawBand(frame, { low: low!, high: high! }, course, role, tints && bandTint(role, tints));
  const head = drawCurve(frame, course, role, 'main');
  if (head) drawHeads(frame, [{ ...head, role }]);
  const lines = canvas.toLines();
  return valued ? valueAxis(y, rows).map((label, row) => [label, lines[row]!].flat()) : lines;
}

function nothingYet({ data, metric }: SweepModel, { cells }: Combination, { columns, rows }: Size): Line[] {
  const text = whyNothing(cells, data.unread > 0, metric);
  const above = Math.max(0, Math.floor((rows - 1) / 2));
  const said = fitLine([span(text, { fg: 'hint' })], columns, 'center');
  return Array.from({ length: rows }, (_, row) => (row === above ? said : []));
}

function whyNothing(cells: Combination['cells'], isReading: boolean, metric: string | undefined): string {
  const queued = cells.find(({ state }) => state === 'queued');
  if (cells.some(({ state }) => state === 'running')) return 'starting …';
  if (queued) return `queued${queued.reason ? `: ${queued.reason}` : ''}`;
  if (cells.every(({ state }) => state === 'waiting')) return 'waiting';
  if (cells.every(({ state }) => state === 'failed')) return 'nothing to draw';
  return isReading ? 'reading …' : `no ${metric ?? 'values'}`;
}
