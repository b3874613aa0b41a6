import { evenRange } from './axes.ts';
import { Canvas, type Ink } from './canvas.ts';
import type { Token } from './style.ts';
import { type Glyphs, type Line, repeated, span } from './text.ts';
import { gutter, valueAxis } from './value_axis.ts';

interface Ticks {
  readonly values: ArrayLike<number>;
  readonly role: Token;
}

export interface StemsOptions {
  readonly width: number;
  readonly height: number;
  readonly glyphs: Glyphs;
  /** Cells for each entry. */
  readonly pitch: number;
  /** Values drawn as stems from zero, entry by entry. */
  readonly stems: ArrayLike<number>;
  /** Values drawn as ticks right of the stems; dots left of them and beyond the ticks need two cells an entry. */
  readonly right: Ticks;
  readonly left: Ticks;
  readonly far: Ticks;
  /** All that the axis holds, where that is more than what is drawn. */
  readonly held?: readonly ArrayLike<number>[];
}

/** The half of a cell that is nearest to a row of dots. */
const tipAt = (y: number): string => (y % 4 < 2 ? '▀' : '▄');

/** Whether ticks have a cell of their own, which half of it then stands for. */
export const drawsBlocks = (pitch: number, glyphs: Glyphs): boolean => pitch >= 3 && glyphs === 'unicode';

/** Cells of a stem, and of a tick, where there is room for more than a line, and those before it. */
export const stemCells = (pitch: number): number => Math.max(1, Math.floor(pitch / 3));
export const beforeStem = (pitch: number): number => (stemCells(pitch) > 1 ? 1 : 0);

/** Ends of an axis so many rows high on which stems from zero and all ticks fit. */
export function stemsRange(rows: number, series: readonly ArrayLike<number>[]): [number, number] {
  let [low, high] = [0, 0];
  for (const values of series) {
    for (let index = 0; index < values.length; index++) {
      const value = values[index]!;
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return evenRange(low, high, rows);
}

/**
 * Values as stems with three others beside each, in exactly `height` rows with a vertical axis to their left: what agrees
 * meets the end of its stem. Position alone tells the four apart.
 */
export function drawStems(options: StemsOptions): Line[] {
  const { width, height, glyphs, pitch, stems, left, right, far } = options;
  const [from, to] = stemsRange(height, options.held ?? [stems, left.values, right.values, far.values]);
  const canvas = new Canvas(Math.max(0, width - gutter), height, glyphs);
  const row = (value: number) => Math.round((1 - (value - from) / (to - from)) * (canvas.dotsHigh - 1));
  // All on one layer, so that dots in a cell add up and the last one's colour wins.
  const ink = (fg: Token, symbol: string, dim = false): Ink => ({ style: { fg, dim }, symbol, layer: 1 });
  const inks = {
    stem: ink('hint', '|', pitch < 3),
    left: ink(left.role, '.'),
    right: ink(right.role, '*'),
    far: ink(far.role, ','),
  };
  const zero: Ink = { style: { fg: 'border' }, symbol: '-', layer: 0 };
  for (let x = 0; x < 2 * pitch * stems.length; x += 2) canvas.dot(x, row(0), zero);
  const drawEntry = stemCells(pitch) > 1 ? drawWide : drawThin;
  for (let entry = 0; entry < stems.length; entry++) {
    const y = (values: ArrayLike<number>): number | undefined =>
      Number.isFinite(values[entry]) ? Math.max(0, Math.min(canvas.dotsHigh - 1, row(values[entry]!))) : undefined;
    const marks = { stem: y(stems), left: y(left.values), right: y(right.values), far: y(far.values) };
    drawEntry(canvas, { ...marks, at: pitch * entry, pitch, zero: row(0) }, inks);
  }
  const axis = valueAxis({ from, to, scale: 'linear' }, height);
  return canvas.toLines().map((line, index) => [...axis[index]!, ...line]);
}

/** Where the values of an entry stand, in dots from the top; undefined for those that there are not. */
type Placed = Readonly<Record<'stem' | 'left' | 'right' | 'far', number | undefined>> & {
  /** Its first cell. */
  readonly at: number;
  readonly pitch: number;
  /** Dots from the top to zero. */
  readonly zero: number;
};
type Inks = Readonly<Record<'stem' | 'left' | 'right' | 'far', Ink>>;

/** An entry of few cells: dots. */
function drawThin(canvas: Canvas, { at, pitch, zero, stem, left, right, far }: Placed, inks: Inks): void {
  const tickEnd = pitch >= 3 ? 2 : 1;
  const x = 2 * at;
  const roomy = pitch >= 2;
  const middle = roomy ? x + 1 : x;
  if (stem !== undefined) canvas.line(middle, zero, middle, stem, inks.stem);
  if (roomy && left !== undefined) canvas.dot(x, left, inks.left);
  if (roomy && far !== undefined) canvas.dot(middle + tickEnd + 1, far, inks.far);
  if (right === undefined) return;
  if (drawsBlocks(pitch, canvas.glyphs)) canvas.write(at + 1, Math.floor(right / 4), tipAt(right), inks.right.style);
  else canvas.line(middle + 1, right, middle + tickEnd, right, inks.right);
}

/** An entry of more cells: bars. */
function drawWide(canvas: Canvas, { at, pitch, zero, stem, left, right, far }: Placed, inks: Inks): void {
  const width = stemCells(pitch);
  const dash = (x: number, y: number, ink: Ink): void => canvas.line(2 * x, y, 2 * x + 1, y, ink);
  // The half of a cell that zero lies in belongs to bars below it.
  const from = stem !== undefined && Math.floor(stem / 2) < Math.floor(zero / 2) ? zero - 2 : zero;
  if (stem !== undefined) drawBar(canvas, { x: at + 1, width, from, to: stem }, inks.stem);
  if (right !== undefined) drawBar(canvas, { x: at + 1 + width, width, from: right, to: right }, inks.right);
  if (left !== undefined) dash(at, left, inks.left);
  if (far !== undefined) dash(at + 1 + 2 * width, far, inks.far);
}

/** A bar between two rows of dots, both included, in halves of cells. */
function drawBar(
  canvas: Canvas,
  { x, width, from, to }: { readonly x: number; readonly width: number; readonly from: number; readonly to: number },
  { symbol, style }: Ink,
): void {
  const [top, bottom] = [Math.floor(Math.min(from, to) / 2), Math.floor(Math.max(from, to) / 2)];
  for (let y = Math.floor(top / 2); y <= Math.floor(bottom / 2); y++) {
    const block = top > 2 * y ? '▄' : bottom < 2 * y + 1 ? '▀' : '█';
    canvas.write(x, y, repeated(canvas.glyphs === 'ascii' ? symbol : block, width), style);
  }
}

/** The foot of the stems: a rule with a word for the entries on either side of a boundary. */
export function drawFoot(
  options: Pick<StemsOptions, 'width' | 'pitch'> & {
    readonly count: number;
    /** Entries before the boundary. */
    readonly before: number;
    readonly words: readonly [string, string];
  },
): Line {
  const { width, pitch, count, before, words } = options;
  const room = Math.max(0, width - gutter);
  const split = Math.max(0, Math.min(before, count)) * pitch;
  const rest = Math.min(room, count * pitch) - split;
  return [
    span(`${repeated(' ', gutter - 1)}└`, { fg: 'border' }),
    ...ruleWith(words[0], split),
    ...(split > 0 && rest > 0
      ? [span('┊', { fg: 'theory' }), ...ruleWith(words[1], rest - 1)]
      : ruleWith(words[1], rest)),
  ];
}

function ruleWith(word: string, width: number): Line {
  if (width < word.length + 2) return [span(repeated('─', width), { fg: 'border' })];
  const rule = width - word.length - 2;
  const first = Math.floor(rule / 2);
  return [
    span(`${repeated('─', first)} `, { fg: 'border' }),
    span(word, { fg: 'hint' }),
    span(` ${repeated('─', rule - first)}`, { fg: 'border' }),
  ];
}
