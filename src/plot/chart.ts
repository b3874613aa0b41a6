import { thousands } from '../core/format.ts';
import type { Reduction, SeriesView } from '../core/series.ts';
import { evenDecades, largest, type Scale, smallest, stepTicks, type Tick, valueRange } from './axes.ts';
import { Canvas } from './canvas.ts';
import { drawBest, drawHeads, drawNames, drawSigns } from './curve_marks.ts';
import { bandTint, drawBand, drawCurve, drawsBands } from './curves.ts';
import { cellAt, type Frame, stepsOfCell } from './frame.ts';
import { drawLegend, probedNow } from './legend.ts';
import { type Decay, drawBeyond, drawLevelNames, drawLevels, type Past } from './levels.ts';
import { drawCursor, drawMarks } from './marks.ts';
import { placeAxis } from './place_axis.ts';
import { type CellSteps, readAt } from './reading.ts';
import type { ThemeName, Token } from './style.ts';
import { tellApart } from './tell_apart.ts';
import { fitLine, type Glyphs, type Line, repeated, span, textWidth } from './text.ts';
import { toAscii } from './to_ascii.ts';
import { gutter, valueAxis } from './value_axis.ts';

export interface ChartSeries {
  readonly label: string;
  readonly role: Token;
  readonly view: SeriesView;
  /** The unsmoothed curve, drawn faintly behind. */
  readonly raw?: SeriesView;
  /** What it spreads over, drawn behind where there is room. */
  readonly band?: { readonly low: SeriesView; readonly high: SeriesView } | undefined;
  /** The same of the model with what a probe does to its parts, drawn faintly and named so. */
  readonly probed?: SeriesView | undefined;
  /** Where it goes on as that of fewer than it is of, drawn faintly. */
  readonly alone?: SeriesView | undefined;
  /** β of the smoothing, for the description. */
  readonly smoothing?: number;
  /** Which way is better; the legend then shows the best value. */
  readonly better?: 'lower' | 'higher';
}

/**
 * A value that holds at every step, or decays from step to step, drawn as a dotted or dashed line; the legend names it. One that lies
 * far from all curves is named at the edge instead.
 */
export interface ChartLevel {
  readonly label: string;
  readonly value: number;
  readonly role?: Token;
  /** What the legend shows instead of the value. */
  readonly text?: string;
  readonly decay?: Decay;
  /** What it was up to a step, in the order of the steps; NaN where it was nothing. */
  readonly before?: Past;
}

/** Something that happened at a step. */
interface ChartMark {
  readonly step: number;
  readonly label: string;
}

export interface ChartOptions {
  readonly width: number;
  readonly height: number;
  readonly glyphs?: Glyphs;
  /** Whether curves carry their signs along the way: where no colour tells them apart. */
  readonly signed?: boolean;
  /** The theme in which bands are shaded; none where there are no colours for that. */
  readonly tints?: ThemeName | undefined;
  readonly series: readonly ChartSeries[];
  readonly lines?: readonly ChartLevel[];
  readonly marks?: readonly ChartMark[];
  readonly x: {
    readonly from: number;
    readonly to: number;
    readonly scale: Scale;
    /** What lies along the axis, unless steps do, and its labels. */
    readonly name?: string;
    readonly ticks?: readonly Tick[];
    /** How the legend writes a place on it; as a step unless said. */
    readonly text?: (place: number) => string;
  };
  /** Bounds are chosen round the values unless given (for aligned axes and zooming). */
  readonly y: { readonly scale: Scale; readonly from?: number; readonly to?: number };
  /** With `names`, values are left out of it before names are cut. */
  readonly legend?: boolean | 'names';
  /** A step at which a vertical line stands; the legend shows what the curves are there. */
  readonly cursor?: number | undefined;
  /** What will appear here, said while there is nothing; line feeds part lines. */
  readonly empty?: string;
}

/** Cells of the name that a curve carries, at most. */
const longestName = 20;

/** Rows under the curves: axis and labels. */
const footer = 2;

/** Curves over steps with axes and legend, in exactly height rows of width cells. */
export function drawChart(options: ChartOptions): Line[] {
  const { width, height, glyphs = 'unicode' } = options;
  const namesFirst = options.legend === 'names';
  const room = {
    full: height > 14 ? 3 : height > 12 ? 2 : 1,
    short: height > (namesFirst ? 5 : 9) ? 2 : 1,
    levels: height > 7 ? 1 : 0,
    namesFirst,
  };
  const plotWidth = width - gutter;
  const legend = options.legend === false ? [] : drawLegend(read(options), room, options.x.to, options.x.text);
  const plotHeight = height - footer - legend.length;
  const lines = plotWidth < 4 || plotHeight < 1 ? [] : drawBody(options, plotWidth, plotHeight, legend);
  const whole = Array.from({ length: height }, (_, row) => fitLine(lines[row] ?? [], width));
  return glyphs === 'ascii' ? toAscii(whole) : whole;
}

/** The steps in the cell of the cursor, when there is one in view. */
function cursorSteps({ cursor, x, width }: ChartOptions): CellSteps | undefined {
  const axis = positive(x);
  const cell = cursor === undefined ? undefined : cellAt(cursor, axis, width - gutter);
  if (cell === undefined) return undefined;
  const steps = stepsOfCell(cell, axis, width - gutter);
  return { first: Math.min(steps.first, cursor!), last: Math.max(steps.last, cursor!) };
}

/** A log axis has no place for step 0. */
function positive(x: ChartOptions['x']): ChartOptions['x'] {
  return x.scale === 'log' ? { ...x, from: Math.max(1, x.from) } : x;
}

/** The options with what every curve is at the cursor. */
function read(options: ChartOptions) {
  const steps = cursorSteps(options);
  if (!steps) return options;
  const series = options.series.map((one) => ({
    ...one,
    reading: {
      raw: readAt(one.raw ?? one.view, steps),
      ...(one.raw && { smoothed: readAt(one.view, steps)?.value ?? Number.NaN }),
    },
  }));
  return { ...options, series };
}

/** What the axes and curves are, for a title bar: `log y · smoothed 0.90`; first of all the steps under the cursor. */
export function describeChart(options: ChartOptions, room = Number.POSITIVE_INFINITY): string {
  const { series, x, y } = options;
  const smoothing = series.find((one) => one.smoothing)?.smoothing;
  const steps = cursorSteps(options);
  const form = (smoothed: string) =>
    [
      ...(steps
        ? [`step ${thousands(steps.first)}${steps.first < steps.last ? `–${thousands(steps.last)}` : ''}`]
        : []),
      y.scale === 'log' ? 'log y' : 'linear y',
      ...(x.scale === 'log' ? ['log x'] : []),
      ...(smoothing ? [`${smoothed} ${smoothing.toFixed(2)}`] : []),
    ].join(' · ');
  return [form('smoothed'), form('e')].find((text) => textWidth(text) <= room) ?? form('e');
}

function drawBody(options: ChartOptions, width: number, height: number, legend: readonly Line[]): Line[] {
  const { series, lines = [], marks = [], glyphs, y } = options;
  const x = positive(options.x);
  const banded = drawsBands(options);
  const reduce = (view: SeriesView) => view.reduce({ columns: 2 * width, ...x });
  const curves = series.map(
    (one): ReducedSeries => ({
      ...one,
      main: reduce(one.view),
      behind: [one.raw, one.alone, one.probed].flatMap((view) => (view ? [reduce(view)] : [])),
      spread: banded && one.band && { low: reduce(one.band.low), high: reduce(one.band.high) },
    }),
  );
  const shown = curves.flatMap(({ main, behind, spread }) => [
    main,
    ...behind,
    ...(spread ? [spread.low, spread.high] : []),
  ]);
  const extent = extentOf(shown, lines, y.scale);
  const axis = () =>
    placeAxis({ ...x, ticks: x.ticks ?? stepTicks(x.from, x.to, x.scale, width), title: x.name ?? 'step' }, width);
  if (!extent) return [...emptyBody(options, width, height, Number.isFinite(x.from) ? axis : undefined), ...legend];
  // What is not positive lies at the foot of a log axis, a row below all else, which then says so.
  const isBelow = y.scale === 'log' && shown.some(({ min }) => min.some((value) => value <= 0));
  const [from, to] = boundsOf(extent, y, height, isBelow);
  const canvas = new Canvas(width, height, glyphs);
  const frame: Frame = { canvas, x, y: { from, to, scale: y.scale } };
  const { tints } = options;
  for (const { spread, role } of curves) if (spread) drawBand(frame, spread, role, tints && bandTint(role, tints));
  drawCurves(frame, curves, options);
  drawBeyond(frame, lines);
  drawLevels(frame, lines);
  if (options.legend !== false) drawLevelNames(frame, lines);
  if (options.cursor !== undefined) drawCursor(frame, options.cursor);
  drawMarks(frame, marks);
  const values = valueAxis(frame.y, height, 1, isBelow ? '≤ 0' : undefined);
  const body = canvas.toLines().map((line, row) => [...values[row]!, ...line]);
  return [...body, ...axis(), ...legend];
}

interface ReducedSeries extends ChartSeries {
  readonly main: Reduction;
  /** Drawn faintly; that of the probed model last. */
  readonly behind: readonly Reduction[];
  readonly spread: { readonly low: Reduction; readonly high: Reduction } | false | undefined;
}

/** The curves, their tips, names and best values. */
function drawCurves(frame: Frame, curves: readonly ReducedSeries[], { signed, legend }: ChartOptions): void {
  const probed = curves.flatMap(({ behind, role, probed: view }) =>
    behind.flatMap((one, index) => {
      const head = drawCurve(frame, one, role, 'faint');
      const isProbed = index === behind.length - 1 && probedNow(view) !== undefined;
      return isProbed && head ? [{ ...head, role, isProbed, name: 'probed', curve: one }] : [];
    }),
  );
  const labels = curves.map(({ label }) => label);
  const names = tellApart(labels, longestName);
  const ends = curves.map(({ main, role }, index) => ({
    head: drawCurve(frame, main, role, 'main'),
    role,
    name: names[index]!,
    curve: main,
  }));
  const heads = [...probed, ...ends.flatMap(({ head, ...end }) => (head ? [{ ...head, ...end }] : []))];
  if (signed) drawSigns(frame, curves);
  drawHeads(frame, heads);
  for (const [index, { view, raw, better }] of curves.entries()) {
    // Single points of a curve that needs smoothing say little.
    const best = raw || !better ? undefined : view.best(better);
    if (best) drawBest(frame, best, better!, ends[index]!);
  }
  if (legend !== false && heads.length > 1) drawNames(frame, heads);
}

/** The ends of the value axis, so many rows high: those given, else round ones, with decades of whole rows on a log axis. */
function boundsOf(
  { low, high }: Extent,
  y: ChartOptions['y'],
  rows: number,
  isBelow: boolean,
): [from: number, to: number] {
  const [lower, upper] = valueRange(low, high, y.scale);
  const [from, to] = [y.from ?? lower, y.to ?? upper];
  if (y.scale === 'linear') return [from, to];
  const dots = 4 * rows - 1;
  // What is not positive has the lowest row.
  const above = isBelow ? dots - 4 : dots;
  const isFree = y.from === undefined && y.to === undefined;
  const even = (isFree && evenDecades(low, to, above)) || from;
  return [isBelow ? Math.max(smallest, to * (even / to) ** (dots / above)) : even, to];
}

/** A level that is farther from all curves on a log axis than by this factor would flatten them. */
const mostApart = 100;

/** Least and largest value that an axis must hold. */
interface Extent {
  readonly low: number;
  readonly high: number;
}

/** That of the curves and of the levels that are not far from them; undefined when no curve has a value. */
function extentOf(reductions: readonly Reduction[], levels: readonly ChartLevel[], scale: Scale): Extent | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let any = false;
  const include = (value: number) => {
    if (!(Math.abs(value) <= largest) || (scale === 'log' && !(value >= smallest))) return;
    low = Math.min(low, value);
    high = Math.max(high, value);
  };
  for (const { min, max } of reductions) {
    min.forEach(include);
    max.forEach(include);
    any ||= min.some((value) => !Number.isNaN(value));
  }
  if (!any) return undefined;
  const [lowest, highest] = [low, high];
  const isNear = (value: number) => !(value < lowest / mostApart) && !(value > highest * mostApart);
  const values = levels.flatMap(({ value, before = [] }) => [value, ...before.map((past) => past.value)]);
  for (const value of values) if (scale === 'linear' || isNear(value)) include(value);
  return low <= high ? { low, high } : { low: 1, high: 1 };
}

/** The axes, as far as they are known, round what will be there. */
function emptyBody(
  { empty = 'nothing measured yet' }: ChartOptions,
  width: number,
  height: number,
  axis: (() => Line[]) | undefined,
): Line[] {
  const words = empty.split('\n');
  const above = Math.max(0, Math.floor((height - words.length) / 2));
  const rows = Array.from({ length: height }, (_, row): Line => {
    const said = fitLine([span(words[row - above] ?? '', { fg: 'hint' })], width, 'center');
    return [span(repeated(' ', gutter - 1)), span(axis ? '│' : ' ', { fg: 'border' }), ...said];
  });
  return [...rows, ...(axis?.() ?? [[], []])];
}
