import asciichart from 'asciichart';
import { fitNumber, thousands } from '../core/format.ts';
import type { Reduction, SeriesView } from '../core/series.ts';
import { positionOf, type Scale } from './axes.ts';
import { type Glyphs, repeated } from './text.ts';

export interface PlainChartOptions {
  readonly series: readonly { readonly label: string; readonly view: SeriesView }[];
  readonly width: number;
  readonly height: number;
  readonly scale: Scale;
  readonly glyphs?: Glyphs;
  /** What the horizontal axis counts; `step` unless given. */
  readonly axis?: string;
}

const labelWidth = 8;
const gutter = labelWidth + 2;
const lineSymbols = ['┼', '┤', '╶', '╴', '─', '╰', '╭', '╮', '╯', '│'];
const plainLineSymbols = ['+', '|', '-', '-', '-', "'", '.', '.', "'", '|'];
/** Of several curves each is drawn with a letter of its own. */
const letters = 'abcdefghij';

/** Curves as plain text, for the summary of a run; every row's label is the value at its middle. */
export function plainChart(options: PlainChartOptions): string[] {
  const { series, width, height, scale, glyphs = 'unicode', axis = 'step' } = options;
  const columns = width - gutter;
  const rows = height - 2 - (series.length > 1 ? 1 : 0);
  const steps = series.flatMap(({ view }) => [view.at(0)?.step ?? [], view.last?.step ?? []]).flat();
  if (steps.length === 0 || columns < 2 || rows < 2) return ['no values to draw'];
  const range = { columns, from: Math.min(...steps), to: Math.max(...steps), scale: 'linear' as const };
  const curves = series.map(({ view }) => joined(view.reduce(range), scale));
  const drawable = curves.flatMap((curve) =>
    [...curve].filter((value) => !Number.isNaN(value) && (scale === 'linear' || value > 0)),
  );
  if (drawable.length === 0) return ['no values to draw'];
  const [low, high] = spread(
    drawable.reduce((a, b) => Math.min(a, b)),
    drawable.reduce((a, b) => Math.max(a, b)),
    scale,
  );

  const symbols = glyphs === 'ascii' ? plainLineSymbols : lineSymbols;
  const canvas = axisRows(rows, columns, (share) => valueAt(share, low, high, scale), symbols[1]!);
  for (const [index, curve] of curves.entries()) {
    const own = series.length > 1 ? new Array<string>(10).fill(letters[index % letters.length]!) : symbols;
    const heights = [...curve].map((value) => positionOf(value, low, high, scale) * (rows - 1));
    for (const run of runs(heights)) paste(canvas, run.start, drawRun(run.values, rows, own));
  }
  return [...canvas.map((row) => row.join('').trimEnd()), ...footer({ ...range, axis }, columns, series)];
}

/** The last value of every column; columns between sparse points get what a straight line there would show. */
function joined({ last, gap }: Reduction, scale: Scale): Float64Array {
  const [bend, unbend] = scale === 'log' ? [Math.log, Math.exp] : [Number, Number];
  const line = last.slice();
  let before = -1;
  last.forEach((value, column) => {
    if (gap[column] === 1) before = -1;
    if (Number.isNaN(value)) return;
    for (let between = before + 1; before >= 0 && between < column; between++) {
      const share = (between - before) / (column - before);
      line[between] = unbend((1 - share) * bend(last[before]!) + share * bend(value));
    }
    before = gap[column] === 1 ? -1 : column;
  });
  return line;
}

function spread(low: number, high: number, scale: Scale): [number, number] {
  if (low < high) return [low, high];
  return scale === 'log' ? [low / 2, low * 2] : [low - 1, low + 1];
}

function valueAt(share: number, low: number, high: number, scale: Scale): number {
  if (scale === 'linear') return low + share * (high - low);
  return Math.exp(Math.log(low) + share * (Math.log(high) - Math.log(low)));
}

function axisRows(rows: number, columns: number, valueOfShare: (share: number) => number, axis: string): string[][] {
  return Array.from({ length: rows }, (_, row) => {
    const label = fitNumber(valueOfShare((rows - 1 - row) / (rows - 1)), labelWidth);
    return [...`${label} ${axis}`, ...new Array<string>(columns).fill(' ')];
  });
}

/** Stretches without gaps: asciichart cannot draw over one. */
function runs(heights: readonly number[]): { start: number; values: number[] }[] {
  const list: { start: number; values: number[] }[] = [];
  heights.forEach((value, index) => {
    if (!Number.isFinite(value)) return;
    const open = list.at(-1);
    if (open && open.start + open.values.length === index) open.values.push(value);
    else list.push({ start: index, values: [value] });
  });
  return list;
}

/** One stretch, given in rows from the foot; a repeated last value gives every value a column. */
function drawRun(values: readonly number[], rows: number, symbols: readonly string[]): string[] {
  const options = { min: 0, max: rows - 1, height: rows - 1, offset: 1, format: () => '', symbols };
  return asciichart
    .plot([...values, values.at(-1)!], options)
    .split('\n')
    .map((row) => row.slice(1));
}

function paste(canvas: string[][], start: number, drawing: readonly string[]): void {
  for (const [row, text] of drawing.entries()) {
    for (const [column, symbol] of [...text].entries()) {
      if (symbol !== ' ') canvas[row]![gutter + start + column] = symbol;
    }
  }
}

function footer(
  range: { from: number; to: number; axis: string },
  columns: number,
  series: PlainChartOptions['series'],
): string[] {
  const [first, last] = [thousands(range.from), thousands(range.to)];
  const lines = [`${range.axis.padStart(labelWidth)}  ${first}${last.padStart(columns - first.length)}`];
  if (series.length > 1) {
    lines.push(repeated(' ', gutter) + series.map(({ label }, index) => `${letters[index]} ${label}`).join('   '));
  }
  return lines;
}
