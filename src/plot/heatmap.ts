import { significant } from '../core/format.ts';
import { type ColourMap, contrastOf, isForPaper, isSigned, mapColour, shareOf } from './colourmap.ts';
import { colours16 } from './palette.ts';
import { resample, type Sampling, samplingOf } from './resample.ts';
import { bar } from './sparkline.ts';
import type { Colour, ColourDepth, Style } from './style.ts';
import { fitLine, fitText, type Glyphs, type Line, repeated, type Span, span } from './text.ts';

/** Numbers in rows and columns, row-major; NaN where there is nothing. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns] */
  readonly data: Float32Array;
}

export interface HeatmapShape {
  readonly width: number;
  readonly height: number;
  readonly depth: ColourDepth;
  readonly glyphs?: Glyphs;
}

export interface HeatmapOptions extends HeatmapShape {
  /** Values at the two ends of the colour map; what lies beyond takes the end's colour. */
  readonly min: number;
  readonly max: number;
  readonly map: ColourMap;
  readonly cursor?: { readonly row: number; readonly column: number } | undefined;
}

export interface HeatmapLayout {
  /** Cells covered, from the top left. */
  readonly width: number;
  readonly height: number;
  /** Most rows and columns of entries that share a pixel, which shows the largest of them: 1 × 1 where each has its own. */
  readonly pooled: { readonly rows: number; readonly columns: number };
  /** Cell in which an entry's drawing begins. */
  cellOf(row: number, column: number): { readonly x: number; readonly y: number };
}

/** From a dot for zero up: nothing at all stands where there is no entry. */
const shades = { unicode: '·░▒▓█', ascii: '.:-=+*#%@' };
/** Below zero lines, above it shades: without colours the sign must show in the symbol. */
const signedShades = { unicode: '≡=-·░▒▓', ascii: '=-.+#' };

type Dress = Pick<HeatmapShape, 'depth' | 'glyphs'>;

/** With at least 256 colours they lie two to a cell, without half blocks one to a cell; with fewer, shades stand for them. */
function drawsShades({ depth }: Dress): boolean {
  return depth === 'none' || depth === '16';
}

/** Rows of entries that one row of cells can show. */
export function pixelsPerCell(dress: Dress): number {
  return drawsShades(dress) || dress.glyphs === 'ascii' ? 1 : 2;
}

function sampling(rows: number, columns: number, shape: HeatmapShape): Sampling {
  return samplingOf(rows, columns, { width: shape.width, height: pixelsPerCell(shape) * shape.height });
}

/** Where a heatmap's entries come to lie, for labels and cursors beside it. */
export function heatmapLayout(rows: number, columns: number, shape: HeatmapShape): HeatmapLayout {
  const { width, height } = sampling(rows, columns, shape);
  const perCell = pixelsPerCell(shape);
  return {
    width,
    height: Math.ceil(height / perCell),
    pooled: { rows: Math.max(1, Math.ceil(rows / height)), columns: Math.max(1, Math.ceil(columns / width)) },
    cellOf: (row, column) => ({
      x: Math.floor((column * width) / columns),
      y: Math.floor(Math.floor((row * height) / rows) / perCell),
    }),
  };
}

/** Share of a matrix's entries that must have a pixel of their own for its picture to be worth looking at. */
const leastSeen = 1 / 4;

/** What a pixel that keys share counts, of one that a key has for itself. */
const sharedKeys = 1 / 2;

/** Entries that have a pixel of their own in so much room; `enough` where the picture is worth looking at. @param least of all entries */
export function seenIn(
  { rows, columns }: Pick<Matrix, 'rows' | 'columns'>,
  shape: HeatmapShape,
  least = leastSeen,
): { readonly entries: number; readonly enough: boolean } {
  const along = (entries: number, pixels: number) => Math.max(0, Math.min(entries, pixels));
  const [high, wide] = [along(rows, shape.height * pixelsPerCell(shape)), along(columns, shape.width)];
  // Keys that share pixels, and mostly some do and others not, are told apart badly.
  const entries = high * (wide < columns ? sharedKeys * wide : wide);
  return { entries, enough: high * wide >= least * rows * columns };
}

/** What to say of a picture in which entries share pixels; empty where each has its own. */
export function pooling({ pooled: { rows, columns } }: Pick<HeatmapLayout, 'pooled'>): string {
  return rows * columns === 1 ? '' : `largest of ${rows} × ${columns}`;
}

/** A matrix as coloured half blocks or shades, in exactly height rows of width cells, from the top left. */
export function drawHeatmap(matrix: Matrix, options: HeatmapOptions): Line[] {
  const { width, height } = options;
  const sampled = sampling(matrix.rows, matrix.columns, options);
  const values = resample(matrix, sampled);
  const pixel = (x: number, y: number) => (y < sampled.height ? values[y * sampled.width + x]! : Number.NaN);
  const halves = pixelsPerCell(options) === 2;
  const cell = drawsShades(options)
    ? shadeCell(pixel, options)
    : halves
      ? blockCell(pixel, options)
      : paintCell(pixel, options);
  const cursor = cursorCells(matrix, sampled, options);
  return Array.from({ length: height }, (_, y) => {
    const line: Span[] = [];
    for (let x = 0; x < sampled.width; x++) append(line, cursor(x, y, cell(x, y)));
    return fitLine(line, width);
  });
}

/** A legend: what is shown, and the colours between its values at their two ends; `exceeded` where some lie beyond the upper one. */
export function drawScale(options: {
  readonly unit?: string;
  readonly width: number;
  readonly min: number;
  readonly max: number;
  readonly exceeded?: boolean;
  readonly map: ColourMap;
  readonly depth: ColourDepth;
  readonly glyphs?: Glyphs;
}): Line {
  const { width, unit = '', min, max, exceeded = false } = options;
  const upper = `${exceeded ? '≥ ' : ''}${significant(max)}`;
  const lower = unit === '' ? significant(min) : ` ${unit} ${significant(min)}`;
  const labels = [lower.padStart(7), upper.padEnd(7)] as const;
  const room = Math.max(1, width - labels[0].length - labels[1].length - 2);
  return fitLine(
    [span(`${labels[0]} `, { fg: 'hint' }), ...ramp(room, options), span(` ${labels[1]}`, { fg: 'hint' })],
    width,
  );
}

/** A legend of signed values: the colours from −end to end, and the end. */
export function drawSignedScale(options: {
  readonly width: number;
  readonly end: number;
  readonly map: ColourMap;
  readonly depth: ColourDepth;
  readonly glyphs?: Glyphs;
}): Line {
  const { width, end } = options;
  const label = ` ±${significant(end).padEnd(6)}`;
  const room = Math.max(1, width - label.length);
  return fitLine([...ramp(room, options), span(label, { fg: 'hint' })], width);
}

/** All colours of a map, from its lower to its upper end, in one row of `width` cells. */
function ramp(width: number, look: Pick<HeatmapOptions, 'map' | 'depth' | 'glyphs'>): Line {
  const data = Float32Array.from({ length: width }, (_, index) => index / Math.max(1, width - 1));
  const [line] = drawHeatmap({ rows: 1, columns: width, data }, { ...look, width, height: 1, min: 0, max: 1 });
  return line!;
}

/** One value as `height` rows of `width` cells of its colour with the number in their middle; of few colours, as a bar by its number. */
export function drawTile(value: number, options: Omit<HeatmapOptions, 'cursor'>): Line[] {
  const { width, height, min, max, map } = options;
  const number = value.toFixed(2).replace(/^0/, '');
  const middle = Math.floor((height - 1) / 2);
  if (drawsShades(options)) {
    const { style } = shadeCell(() => value, options)(0, 0);
    const gauge = (cells: number): Line => {
      const filled = bar(shareOf(value, min, max), cells).trimEnd();
      return [{ text: filled, ...(style && { style }) }, span(repeated('░', cells - filled.length), { fg: 'border' })];
    };
    const gap = width > number.length + 2 ? 1 : 0;
    const said = fitText(number, Math.min(width, number.length + gap));
    if (height === 1) return [fitLine([span(said), ...gauge(width - said.length)], width)];
    const rows = [fitLine([span(number)], width), gauge(width)];
    return Array.from({ length: height }, (_, row) => rows[row - Math.max(0, middle - 1)] ?? fitLine([], width));
  }
  const bg = mapColour(map, shareOf(value, min, max));
  const style = { fg: contrastOf(bg), bg };
  return Array.from({ length: height }, (_, row) => [
    span(fitText(row === middle ? number : '', width, 'center'), style),
  ]);
}

type Pixel = (x: number, y: number) => number;

/**
 * The few of the 16 colours that ink is taken from, from the lower end up: ever lighter, on paper ever darker. Of signed values,
 * from −end to end, those that are told from both backgrounds.
 */
const sixteen = { dark: [12, 6, 3, 11], light: [3, 6, 12, 4], signed: [12, 6, 3, 3] };

function shadeCell(
  pixel: Pixel,
  { min, max, map, depth, glyphs = 'unicode' }: HeatmapOptions,
): (x: number, y: number) => Span {
  const signed = isSigned(map);
  const symbols = (signed ? signedShades : shades)[glyphs];
  const inks = sixteen[signed ? 'signed' : isForPaper(map) ? 'light' : 'dark'];
  return (x, y) => {
    const value = pixel(x, y);
    if (Number.isNaN(value)) return { text: ' ' };
    const share = shareOf(value, min, max);
    const text = symbols[Math.round(share * (symbols.length - 1))]!;
    return depth === 'none' ? { text } : { text, style: { fg: colours16[inks[Math.min(3, Math.floor(4 * share))]!]! } };
  };
}

type ColourOf = (value: number) => Colour | undefined;

function colourOf({ min, max, map }: HeatmapOptions): ColourOf {
  return (value) => (Number.isNaN(value) ? undefined : mapColour(map, shareOf(value, min, max)));
}

/** Where half blocks cannot be shown: a cell in the colour of its value. */
function paintCell(pixel: Pixel, options: HeatmapOptions): (x: number, y: number) => Span {
  const colour = colourOf(options);
  return (x, y) => {
    const bg = colour(pixel(x, y));
    return bg === undefined ? { text: ' ' } : { text: ' ', style: { bg } };
  };
}

function blockCell(pixel: Pixel, options: HeatmapOptions): (x: number, y: number) => Span {
  const colour = colourOf(options);
  return (x, y) => halfBlocks(colour(pixel(x, 2 * y)), colour(pixel(x, 2 * y + 1)));
}

function halfBlocks(top: Colour | undefined, bottom: Colour | undefined): Span {
  if (top === bottom) return top === undefined ? { text: ' ' } : { text: ' ', style: { bg: top } };
  if (top === undefined) return { text: '▄', style: { fg: bottom! } };
  return { text: '▀', style: bottom === undefined ? { fg: top } : { fg: top, bg: bottom } };
}

/**
 * Marks the entry under the cursor: in brackets on its own colour where it is large enough, else in the colour of the
 * focus (half blocks) or as a cross (shades).
 */
function cursorCells(matrix: Matrix, sampled: Sampling, options: HeatmapOptions) {
  const { cursor } = options;
  if (!cursor) return (_x: number, _y: number, drawn: Span): Span => drawn;
  const perCell = pixelsPerCell(options);
  const left = Math.floor((cursor.column * sampled.width) / matrix.columns);
  const right = Math.max(left + 1, Math.floor(((cursor.column + 1) * sampled.width) / matrix.columns));
  const top = Math.floor((cursor.row * sampled.height) / matrix.rows);
  const bottom = Math.max(top + 1, Math.floor(((cursor.row + 1) * sampled.height) / matrix.rows));
  const firstRow = Math.ceil(top / perCell);
  const fullRows = Math.floor(bottom / perCell) - firstRow;
  if (fullRows >= 1 && right - left >= 2) {
    const middle = firstRow + Math.floor((fullRows - 1) / 2);
    return (x: number, y: number, drawn: Span): Span => {
      if (y !== middle || (x !== left && x !== right - 1)) return drawn;
      return { text: x === left ? '[' : ']', style: bracketStyle(drawn.style) };
    };
  }
  return (x: number, y: number, drawn: Span): Span => {
    if (y !== Math.floor(top / perCell) || x !== left) return drawn;
    const { fg, bg } = drawn.style ?? {};
    const cross = options.glyphs === 'ascii' ? 'X' : '✕';
    if (perCell === 1)
      return { text: cross, style: typeof bg === 'number' ? bracketStyle(drawn.style) : { fg: 'focus', bold: true } };
    const other = top % 2 === 0 ? bg : (fg ?? bg);
    return top % 2 === 0 ? halfBlocks('focus', other) : halfBlocks(other, 'focus');
  };
}

function bracketStyle(drawn: Style | undefined): Style {
  const bg = drawn?.bg;
  if (typeof bg !== 'number') return { fg: 'focus', bold: true };
  return { fg: contrastOf(bg), bg, bold: true };
}

function append(line: Span[], next: Span): void {
  const before = line.at(-1);
  const same = before && before.style?.fg === next.style?.fg && before.style?.bg === next.style?.bg;
  if (same && before.style?.bold === next.style?.bold)
    line[line.length - 1] = { ...before, text: before.text + next.text };
  else line.push(next);
}
