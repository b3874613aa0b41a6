import { thousands } from '../core/format.ts';
import type { Reduction } from '../core/series.ts';
import { evenDecades, evenRange, largest, type Scale, smallest, stepTicks, type Tick, valueRange } from './axes.ts';
import { Canvas } from './canvas.ts';
import { type ChartSeries, drawCurves, reducedSeries, reductionsOf } from './chart_curves.ts';
import { drawsBands } from './curves.ts';
import { cellAt, type Frame, stepsOfCell } from './frame.ts';
import { drawLegend } from './legend.ts';
import { type Decay, drawBeyond, drawLevelNames, drawLevels, type Past } from './levels.ts';
import { drawCursor, drawMarks } from './marks.ts';
import { placeAxis } from './place_axis.ts';
import { type CellSteps, readAt } from './reading.ts';
import type { ThemeName, Token } from './style.ts';
import { fitLine, type Glyphs, type Line, repeated, span, textWidth } from './text.ts';
import { toAscii } from './to_ascii.ts';
import { gutter, valueAxis } from './value_axis.ts';

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

/** Rows under the curves: axis and labels. */
const footer = 2;

interface PlottedChart {
  readonly lines: Line[];
  /** Whether a curve is drawn as the median and the reach of values that jump. */
  readonly jumps: boolean;
}

/** Curves over steps with axes and legend, in exactly height rows of width cells. */
export const drawChart = (options: ChartOptions): Line[] => plotChart(options).lines;

/** The same, and how its curves had to be drawn. */
export function plotChart(options: ChartOptions): PlottedChart {
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
  const drawn = plotWidth < 4 || plotHeight < 1 ? undefined : drawBody(options, plotWidth, plotHeight, legend);
  const whole = Array.from({ length: height }, (_, row) => fitLine(drawn?.lines[row] ?? [], width));
  return { lines: glyphs === 'ascii' ? toAscii(whole) : whole, jumps: drawn?.jumps ?? false };
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
export function describeChart(options: ChartOptions, jumps = false, room = Number.POSITIVE_INFINITY): string {
  const { series, x, y } = options;
  const smoothing = series.find((one) => one.smoothing)?.smoothing;
  const steps = cursorSteps(options);
  const form = (smoothed: string, reach: string) =>
    [
      ...(steps
        ? [`step ${thousands(steps.first)}${steps.first < steps.last ? `–${thousands(steps.last)}` : ''}`]
        : []),
      y.scale === 'log' ? 'log y' : 'linear y',
      ...(x.scale === 'log' ? ['log x'] : []),
      ...(smoothing ? [`${smoothed} ${smoothing.toFixed(2)}`] : []),
      ...(jumps ? [reach] : []),
    ].join(' · ');
  const forms = [form('smoothed', 'line: median, dots: min–max'), form('e', 'median, min–max'), form('e', 'median')];
  return forms.find((text) => textWidth(text) <= room) ?? forms.at(-1)!;
}

function drawBody(options: ChartOptions, width: number, height: number, legend: readonly Line[]): PlottedChart {
  const { series, lines = [], marks = [], glyphs, y } = options;
  const x = positive(options.x);
  const banded = drawsBands(options);
  const curves = series.map((one) => reducedSeries(one, { columns: 2 * width, ...x }, banded));
  const shown = curves.flatMap(reductionsOf);
  const extent = extentOf(shown, lines, y.scale);
  const axis = () =>
    placeAxis({ ...x, ticks: x.ticks ?? stepTicks(x.from, x.to, x.scale, width), title: x.name ?? 'step' }, width);
  if (!extent) {
    const empty = emptyBody(options, width, height, Number.isFinite(x.from) ? axis : undefined);
    return { lines: [...empty, ...legend], jumps: false };
  }
  // What is not positive lies at the foot of a log axis, a row below all else, which then says so.
  const isBelow = y.scale === 'log' && shown.some(({ min }) => min.some((value) => value <= 0));
  const [from, to] = boundsOf(extent, y, height, isBelow);
  const canvas = new Canvas(width, height, glyphs);
  const frame: Frame = { canvas, x, y: { from, to, scale: y.scale } };
  const { signed, tints, legend: hasLegend } = options;
  drawLevels(frame, lines);
  const jumps = drawCurves(frame, curves, { signed, tints, named: hasLegend !== false });
  drawBeyond(frame, lines);
  if (options.legend !== false) drawLevelNames(frame, lines);
  if (options.cursor !== undefined) drawCursor(frame, options.cursor);
  drawMarks(frame, marks);
  const values = valueAxis(frame.y, height, isBelow ? '≤ 0' : undefined);
  const body = canvas.toLines().map((line, row) => [...values[row]!, ...line]);
  return { lines: [...body, ...axis(), ...legend], jumps };
}

/** The ends of the value axis, so many rows high: those given, else round ones, with decades of whole rows on a log axis. */
function boundsOf(
  { low, high }: Extent,
  y: ChartOptions['y'],
  rows: number,
  isBelow: boolean,
): [from: number, to: number] {
  const [lower, upper] = y.scale === 'linear' ? evenRange(low, high, rows) : valueRange(low, high, y.scale);
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
