import type { Reduction } from '../core/series.ts';
import type { Canvas, Ink } from './canvas.ts';
import { type Course, reachOf } from './course.ts';
import { dotRow, type Frame, layers } from './frame.ts';
import { mix } from './palette.ts';
import { type ThemeName, type Token, themes } from './style.ts';

interface Marker {
  readonly unicode: string;
  readonly ascii: string;
  /** Of the same measured while something was pruned. */
  readonly hollow?: string;
}

const markers: Partial<Record<Token, Marker>> = {
  training: { unicode: '●', ascii: '*', hollow: '○' },
  in_domain: { unicode: '◆', ascii: 'o', hollow: '◇' },
  out_of_domain: { unicode: '▲', ascii: '+', hollow: '△' },
  run_1: { unicode: '●', ascii: '*' },
  run_2: { unicode: '◆', ascii: 'o' },
  run_3: { unicode: '▲', ascii: '+' },
  run_4: { unicode: '■', ascii: '#' },
  run_5: { unicode: '○', ascii: 'x' },
  run_6: { unicode: '◇', ascii: '%' },
};

/** The sign of a curve in legends and, where there are no colours, along it: colour is never alone in telling curves apart. */
export function markerOf(role: Token): Marker {
  return markers[role] ?? { unicode: '■', ascii: '#', hollow: '□' };
}

/** The dot at which a curve ends. */
export interface Head {
  readonly x: number;
  readonly y: number;
}

/** The curve itself; one that is of less weight; what a smoothed one was made from, of which the reach alone is drawn. */
export type CurveKind = 'main' | 'faint' | 'raw';

/**
 * A curve: a bar from minimum to maximum in every column, joined, broken at gaps; where it jumps, the median. Curves that
 * run through the same cells take turns there, so that none hides another.
 */
export function drawCurve({ canvas }: Frame, course: Course, role: Token, kind: CurveKind): Head | undefined {
  if (kind === 'raw') return undefined;
  const ink: Ink =
    kind === 'main'
      ? { style: { fg: role }, symbol: markerOf(role).ascii, layer: layers.main, takesTurns: true }
      : { style: { fg: role, dim: true }, symbol: '.', layer: layers.faint, takesTurns: true };
  let head: Head | undefined;
  let joined = false;
  for (const [x, row] of course.line.entries()) {
    const gap = course.gap[x] === 1;
    if (gap) joined = false;
    if (Number.isNaN(row)) continue;
    const [top, bottom] = course.jumps[x] === 1 ? [row, row] : [course.tops[x]!, course.bottoms[x]!];
    const nearest = Math.max(top, Math.min(bottom, head?.y ?? row));
    const isSunk = course.sunk[x] === 1 && course.jumps[x] === 0;
    const foot = canvas.dotsHigh - 1;
    if (joined && head) canvas.line(head.x, head.y, x, isSunk && head.y === foot ? foot : nearest, ink);
    canvas.line(x, top, x, bottom, ink);
    if (isSunk) canvas.dot(x, foot, ink);
    head = { x, y: row };
    joined = !gap;
  }
  return head && { x: head.x, y: course.end };
}

/** Dots of height from which a band is drawn where it cannot be shaded: of a lower one its dots would be taken for curves. */
const leastStippled = 6;

/** Rows of a chart for axis and legend, and for each band, from which bands can be told apart. */
const [aroundBands, bandRows] = [5, 3];

/** Whether a chart of so many rows has room for the bands of its curves. */
export function drawsBands(chart: {
  readonly height: number;
  readonly series: readonly { readonly band?: unknown }[];
}): boolean {
  const count = chart.series.filter(({ band }) => band).length;
  return count > 0 && chart.height >= aroundBands + bandRows * count;
}

/** What a band has of its curve's colour: enough to be seen, and little beside the curves. */
const tinted = 0.18;

/** The shade of a band on the background of a theme. */
export function bandTint(role: Token, theme: ThemeName): number | undefined {
  const rgb = themes[theme].tokens[role]?.[0];
  return rgb === undefined ? undefined : mix(rgb, themes[theme].background, tinted);
}

/** Cells that a shaded stretch has, at least. */
const shortestShade = 4;

/**
 * The area between two reduced curves, few points joined as curves are: shaded ground where there is a colour for it, else
 * a grid of dots. A band that is hardly higher than its curve is left out. Where it has no lower end on a log axis, it ends at
 * the curve: down to the foot it would be the largest thing on the chart.
 */
export function drawBand(
  { canvas, y }: Frame,
  { low, high }: { readonly low: Reduction; readonly high: Reduction },
  { line }: Course,
  role: Token,
  tint?: number,
): void {
  const rowOf = (value: number, x: number): number =>
    y.scale === 'log' && value <= 0 ? (line[x] ?? Number.NaN) : dotRow(value, y, canvas);
  const [tops, bottoms] = [high.max, low.min].map((values) => joined(values, low.gap, rowOf));
  if (tint === undefined) stipple(canvas, tops!, bottoms!, role, leastStippled);
  else shadeBetween(canvas, tops!, bottoms!, tint);
}

/** What a curve jumps over, or all that a smoothed one was made from, as a grid of faint dots: no spike is lost. */
export function drawReach({ canvas }: Frame, course: Course, role: Token, kind: CurveKind): void {
  if (!course.isJumping && kind !== 'raw') return;
  const { tops, bottoms } = kind === 'raw' ? course : reachOf(course);
  stipple(canvas, tops, bottoms, role, 0);
  const ink = faintly(role);
  for (const [x, sunk] of course.sunk.entries()) {
    if (sunk !== 1 || (kind !== 'raw' && course.jumps[x] === 0)) continue;
    for (const row of [course.tops[x]!, canvas.dotsHigh - 1]) canvas.dot(x, row, ink);
  }
}

function shadeBetween(canvas: Canvas, tops: Float64Array, bottoms: Float64Array, tint: number): void {
  const isShaded = (x: number): boolean => bottoms[x]! - tops[x]! >= 2;
  let first = 0;
  for (let end = 0; end <= canvas.width; end++) {
    if (end < canvas.width && (isShaded(2 * end) || isShaded(2 * end + 1))) continue;
    // A few cells alone are no band: there it is about as high as its curve.
    for (let column = first; end - first >= shortestShade && column < end; column++) {
      const [left, right] = [isShaded(2 * column), isShaded(2 * column + 1)];
      const x = left ? 2 * column : 2 * column + 1;
      const other = right ? 2 * column + 1 : x;
      const [top, bottom] = [Math.min(tops[x]!, tops[other]!), Math.max(bottoms[x]!, bottoms[other]!)];
      for (let half = Math.floor(top / 2); half <= Math.floor(bottom / 2); half++) canvas.shade(column, half, tint);
    }
    first = end + 1;
  }
}

function stipple(canvas: Canvas, tops: Float64Array, bottoms: Float64Array, role: Token, least: number): void {
  const ink = faintly(role);
  for (let x = 0; x < tops.length; x++) {
    const [top, bottom] = [tops[x]!, bottoms[x]!];
    if (!(bottom - top >= least)) continue;
    for (let row = top; row <= bottom; row++) if ((x + row) % 2 === 0) canvas.dot(x, row, ink);
  }
}

const faintly = (role: Token): Ink => ({
  style: { fg: role, dim: true },
  symbol: ':',
  layer: layers.band,
  takesTurns: true,
});

/** The row of every column, those between two values on the line that joins them; NaN where there is none. */
function joined(
  values: ArrayLike<number>,
  gaps: ArrayLike<number>,
  rowOf: (value: number, x: number) => number,
): Float64Array {
  const rows = new Float64Array(values.length).fill(Number.NaN);
  let before: number | undefined;
  for (let x = 0; x < values.length; x++) {
    const isGap = gaps[x] === 1;
    if (isGap) before = undefined;
    if (Number.isNaN(values[x]!)) continue;
    rows[x] = rowOf(values[x]!, x);
    const from = before ?? x;
    for (let at = from + 1; at < x; at++)
      rows[at] = Math.round(rows[from]! + ((at - from) / (x - from)) * (rows[x]! - rows[from]!));
    before = isGap ? undefined : x;
  }
  return rows;
}
