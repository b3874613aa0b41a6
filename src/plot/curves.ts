import { significant } from '../core/format.ts';
import type { Reduction } from '../core/series.ts';
import { positionOf, type Scale } from './axes.ts';
import type { Canvas, Ink } from './canvas.ts';
import type { CellSteps } from './reading.ts';
import type { Style, Token } from './style.ts';
import { textWidth } from './text.ts';

/** A canvas and what its edges stand for. */
export interface Frame {
  readonly canvas: Canvas;
  readonly x: { readonly from: number; readonly to: number; readonly scale: Scale };
  readonly y: { readonly from: number; readonly to: number; readonly scale: Scale };
}

/** Layers of a chart; where they meet in a cell the higher one shows. */
const layers = { level: 0, band: 1, faint: 2, main: 3 };

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

/** The sign of the best value on a curve. */
const bestMark = '★';

/** The sign at the head of a curve and in the legend, so that colour is never alone in telling curves apart. */
export function markerOf(role: Token): Marker {
  return markers[role] ?? { unicode: '■', ascii: '#', hollow: '□' };
}

/** The dot at which a curve ends. */
interface Head {
  readonly x: number;
  readonly y: number;
}

/**
 * A reduced curve ([2 · cells] columns): a bar from minimum to maximum in every column, joined, broken at gaps. Curves that
 * run through the same cells take turns there, so that none hides another.
 */
export function drawCurve(
  { canvas, y }: Frame,
  curve: Reduction,
  role: Token,
  kind: 'main' | 'faint',
): Head | undefined {
  const ink: Ink =
    kind === 'main'
      ? { style: { fg: role }, symbol: markerOf(role).ascii, layer: layers.main, takesTurns: true }
      : { style: { fg: role, dim: true }, symbol: '.', layer: layers.faint, takesTurns: true };
  let head: Head | undefined;
  let joined = false;
  for (let x = 0; x < curve.last.length; x++) {
    const gap = curve.gap[x] === 1;
    if (gap) joined = false;
    if (Number.isNaN(curve.min[x]!)) continue;
    const top = dotRow(curve.max[x]!, y, canvas);
    const bottom = dotRow(curve.min[x]!, y, canvas);
    if (joined && head) canvas.line(head.x, head.y, x, Math.max(top, Math.min(bottom, head.y)), ink);
    canvas.line(x, top, x, bottom, ink);
    head = { x, y: dotRow(curve.last[x]!, y, canvas) };
    joined = !gap;
  }
  return head;
}

/** The area between two reduced curves, as a grid of dots that shows what lies under it. */
export function drawBand(
  { canvas, y }: Frame,
  { low, high }: { readonly low: Reduction; readonly high: Reduction },
  role: Token,
): void {
  const ink: Ink = { style: { fg: role, dim: true }, symbol: ':', layer: layers.band, takesTurns: true };
  for (let x = 0; x < low.min.length; x++) {
    if (Number.isNaN(low.min[x]!) || Number.isNaN(high.max[x]!)) continue;
    const bottom = dotRow(low.min[x]!, y, canvas);
    for (let row = dotRow(high.max[x]!, y, canvas); row <= bottom; row++) {
      if ((x + row) % 2 === 0) canvas.dot(x, row, ink);
    }
  }
}

/** Cells between two signs on a curve. */
const signPitch = 16;

/** The signs of curves on their way, each curve's at places of its own. */
export function drawSigns(
  { canvas, y }: Frame,
  curves: readonly { readonly main: Reduction; readonly role: Token }[],
): void {
  for (const [index, { main, role }] of curves.entries()) {
    const first = Math.floor(((index + 0.5) * signPitch) / curves.length);
    for (let column = first; column < canvas.width; column += signPitch) {
      const at = main.last.findIndex((value, x) => x >= 2 * column && !Number.isNaN(value));
      if (at < 0 || at >= 2 * (column + signPitch)) continue;
      const value = main.last[at]!;
      canvas.write(Math.floor(at / 2), Math.floor(dotRow(value, y, canvas) / 4), markerOf(role).unicode, {
        fg: role,
        bold: true,
      });
    }
  }
}

/** The markers where curves end; the last keeps its cell where several end in one, and the others stand beside it. */
export function drawHeads(
  { canvas }: Frame,
  heads: readonly (Head & { readonly role: Token; readonly isProbed?: boolean })[],
): void {
  const taken = new Set<string>();
  for (const { x, y, role, isProbed } of [...heads].reverse()) {
    const [column, row] = [Math.floor(x / 2), Math.floor(y / 4)];
    const back = heads.map((_, index) => column - index);
    const columns = [...back, ...heads.map((_, index) => column + index)];
    const free = columns.find((one) => one >= 0 && one < canvas.width && !taken.has(`${one} ${row}`)) ?? column;
    taken.add(`${free} ${row}`);
    const { unicode, hollow = unicode } = markerOf(role);
    canvas.write(free, row, isProbed ? hollow : unicode, { fg: role, bold: true });
  }
}

/** A value that is multiplied by `factor` in every step: what it is `at` one, and the steps for which it is said. */
export interface Decay {
  readonly factor: number;
  readonly at: number;
  readonly from?: number;
  readonly to?: number;
}

interface Level {
  readonly value: number;
  readonly role?: Token;
  readonly decay?: Decay;
  readonly before?: Past;
}

/** Values that a level had before, each up to a step. */
export type Past = readonly { readonly until: number; readonly value: number }[];

/** A dotted line at a value, behind the curves, with a dot every `spacing` cells; where it was another value, at that. */
export function drawLevel({ canvas, x, y }: Frame, level: Level, spacing: number): void {
  const { value, role = 'theory', decay, before = [] } = level;
  const ink: Ink = { style: { fg: role }, symbol: '-', layer: layers.level };
  if (!decay && before.length === 0) {
    canvas.dottedRow(dotRow(value, y, canvas), ink, spacing);
    return;
  }
  const { factor, at, from = at, to = Number.POSITIVE_INFINITY } = decay ?? { factor: 1, at: 0 };
  for (let column = 0; column < canvas.dotsWide; column += 2 * spacing) {
    const step = stepAt(column / (canvas.dotsWide - 1), x);
    if (step < from || step > to) continue;
    const past = before.find(({ until }) => step < until);
    const here = past ? past.value : value * Math.exp((step - at) * Math.log(factor));
    if (Number.isFinite(here)) canvas.dot(column, dotRow(here, y, canvas), ink);
  }
}

/** Whether a level lies outside the axis, so that there is no line to draw; a decay may come in later. */
function isBeyond({ value, decay }: Level, { from, to }: Frame['y']): boolean {
  return !decay && (value < from || value > to);
}

/** Names and values of levels at their right ends, where nothing but the levels is. */
export function drawLevelNames({ canvas, y }: Frame, levels: readonly (Level & { readonly label: string })[]): void {
  for (const level of levels) {
    const { label, value, decay, role = 'theory' } = level;
    if (decay || isBeyond(level, y)) continue;
    const text = ` ${label} ${significant(value)} `;
    const row = Math.floor(dotRow(value, y, canvas) / 4);
    const width = textWidth(text);
    for (let start = canvas.width - width - 2; start >= canvas.width / 2; start--) {
      // One cell more on either side, so that words of two levels do not touch.
      if (!canvas.isFree(start - 1, row, width + 2, layers.level)) continue;
      canvas.write(start, row, text, { fg: role });
      break;
    }
  }
}

/** Names and values of the levels that lie below or above the axis, with an arrow that way, as many as the edge has room for. */
export function drawBeyond({ canvas, y }: Frame, levels: readonly (Level & { readonly label: string })[]): void {
  const beyond = levels.filter((level) => isBeyond(level, y));
  for (const [arrow, row, here] of [
    ['▾', canvas.height - 1, beyond.filter(({ value }) => value < y.from)],
    ['▴', 0, beyond.filter(({ value }) => value > y.to)],
  ] as const) {
    if (here.length === 0) continue;
    const words = here.map(({ label, value }) => `${label} ${significant(value)}`);
    const fewer = words.map((_, left) => [...words.slice(0, words.length - left), ...(left > 0 ? ['…'] : [])]);
    const texts = [...fewer.map((some) => `${arrow} ${some.join(' · ')}`), arrow];
    writeAtEdge(canvas, row, texts, { fg: here[0]!.role ?? 'theory' });
  }
}

/** The first of the texts for which a row has free room, as far right as possible; none over a curve. */
function writeAtEdge(canvas: Canvas, row: number, texts: readonly string[], style: Style): void {
  for (const text of texts) {
    const width = textWidth(text);
    for (let start = canvas.width - width; start >= 0; start--) {
      if (!canvas.isFree(start, row, width, -1)) continue;
      canvas.write(start, row, text, style);
      return;
    }
  }
}

/** A star at the best value, in the colour of its curve; the head of a curve lies over it. */
export function drawBest(
  { canvas, x, y }: Frame,
  best: { readonly step: number; readonly value: number },
  role: Token,
): void {
  const column = cellAt(best.step, x, canvas.width);
  if (column === undefined) return;
  canvas.write(column, Math.floor(dotRow(best.value, y, canvas) / 4), bestMark, { fg: role, bold: true });
}

/** A vertical line through the cell of a step, behind the curves. */
export function drawCursor({ canvas, x }: Frame, step: number): void {
  const column = cellAt(step, x, canvas.width);
  if (column === undefined) return;
  for (let row = 0; row < canvas.height; row++) canvas.writeBehind(column, row, '│', { fg: 'focus', bold: true });
}

/** The cell of `width` in which a step lies; undefined outside. */
export function cellAt(step: number, { from, to, scale }: Frame['x'], width: number): number | undefined {
  const share = positionOf(step, from, to, scale);
  return share >= 0 && share <= 1 ? Math.min(width - 1, Math.floor(width * share)) : undefined;
}

/** The whole steps that lie in a cell; where a cell is less than a step wide there may be none. */
export function stepsOfCell(cell: number, x: Frame['x'], width: number): CellSteps {
  const start = (at: number) => Math.ceil(stepAt(at / width, x) - 1e-9);
  return { first: start(cell), last: cell === width - 1 ? Math.floor(x.to) : start(cell + 1) - 1 };
}

/** The step that lies at a share of the axis; the inverse of `positionOf`. */
function stepAt(share: number, { from, to, scale }: Frame['x']): number {
  if (scale === 'linear') return from + share * (to - from);
  return Math.exp(Math.log(from) + share * (Math.log(to) - Math.log(from)));
}

/**
 * Dotted vertical lines behind the curves where things happened, each with its words beside it where what is drawn already
 * leaves room, the newest first.
 */
export function drawMarks(frame: Frame, marks: readonly { readonly step: number; readonly label: string }[]): void {
  const { canvas, x } = frame;
  const placed = marks.flatMap(({ step, label }) => {
    const column = cellAt(step, x, canvas.width);
    return column === undefined ? [] : [{ column, label }];
  });
  const columns = new Set(placed.map(({ column }) => column));
  for (const column of columns) {
    for (let row = 0; row < canvas.height; row++) canvas.writeBehind(column, row, '┊', { fg: 'intervention' });
  }
  for (const { column, label } of placed.reverse()) drawLabel(canvas, columns, column, label);
}

/** Whether no other words stand beside so many cells: two labels would be read as one. */
function isApart(canvas: Canvas, start: number, row: number, width: number): boolean {
  const [from, to] = [Math.max(0, start - 1), Math.min(canvas.width, start + width + 1)];
  return canvas.isFree(from, row, to - from, Number.POSITIVE_INFINITY);
}

/** Words right or left of their line; over other lines only where there is no other room, and never ending at one. */
function drawLabel(canvas: Canvas, lines: ReadonlySet<number>, column: number, label: string): void {
  const width = textWidth(label);
  const crossed = (from: number, to: number) => [...lines].filter((line) => line >= from && line <= to).length;
  const sides = [
    { start: column + 2, crosses: crossed(column + 1, column + 1 + width), ends: column + 2 + width },
    { start: column - 1 - width, crosses: crossed(column - 1 - width, column - 1), ends: column - 2 - width },
  ]
    .filter(({ ends }) => !lines.has(ends))
    .sort((a, b) => a.crosses - b.crosses);
  for (const { start } of sides) {
    for (let row = 0; row < canvas.height; row++) {
      if (!canvas.isFree(start, row, width, -1) || !isApart(canvas, start, row, width)) continue;
      canvas.write(start, row, label, { fg: 'intervention' });
      return;
    }
  }
}

/** Row of dots of a value; a log axis shows what is not positive at its foot. Far outside is as good as outside. */
function dotRow(value: number, { from, to, scale }: Frame['y'], { dotsHigh }: Canvas): number {
  const position = positionOf(value, from, to, scale);
  if (position === Number.NEGATIVE_INFINITY) return dotsHigh - 1;
  return Math.max(-dotsHigh, Math.min(2 * dotsHigh, Math.round((1 - position) * (dotsHigh - 1))));
}
