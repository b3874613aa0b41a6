import { evenRange, type Tick } from './axes.ts';
import { Canvas } from './canvas.ts';
import { placeAxis } from './place_axis.ts';
import type { Style } from './style.ts';
import { fitLine, type Glyphs, type Line, textWidth } from './text.ts';
import { toAscii } from './to_ascii.ts';
import { gutter, valueAxis } from './value_axis.ts';

export interface ScatterPoint {
  readonly x: number;
  readonly y: number;
  /** Drawn as this letter, over everything; a dot when absent. */
  readonly symbol?: string;
  /** Stands beside it, where no other point or name is. */
  readonly label?: string;
  readonly style: Style;
}

export interface ScatterOptions {
  readonly width: number;
  readonly height: number;
  readonly glyphs?: Glyphs;
  /** Later points lie over earlier ones. */
  readonly points: readonly ScatterPoint[];
  readonly x: {
    readonly from: number;
    readonly to: number;
    readonly ticks: readonly Tick[];
    readonly title: string;
  };
  /** Largest value to make room for, at least. */
  readonly top?: number;
}

/** A name right or left of a point, above or below it, with a free cell on either side; none where there is no room. */
function writeBeside(
  canvas: Canvas,
  { column, row }: { readonly column: number; readonly row: number },
  label: string,
  style: Style,
): void {
  const width = textWidth(label);
  const middle = column - Math.floor((width - 1) / 2);
  const places = [
    { start: column + 2, at: row, from: column + 1 },
    { start: column - 1 - width, at: row, from: column - 2 - width },
    ...[row - 1, row + 1].map((at) => ({ start: middle, at, from: middle - 1 })),
  ];
  // The cell next to the point is no other's.
  const found = places.find(({ at, from }) => canvas.isFree(from, at, width + 2, -1));
  if (found) canvas.write(found.start, found.at, label, style);
}

/** Points over two linear axes, in exactly height rows of width cells; points that are not finite are left out. */
export function drawScatter({ width, height, glyphs = 'unicode', points, x, top = 0 }: ScatterOptions): Line[] {
  const columns = width - gutter;
  const rows = height - 2;
  if (columns < 4 || rows < 2) return Array.from({ length: height }, () => fitLine([], width));
  const finite = points.filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y));
  const [from, to] = evenRange(0, Math.max(top, ...finite.map(({ y }) => y), Number.MIN_VALUE), rows);
  const canvas = new Canvas(columns, rows, glyphs);
  const placed = finite.map((point) => ({
    ...point,
    dotX: Math.round(((point.x - x.from) / (x.to - x.from)) * (canvas.dotsWide - 1)),
    dotY: Math.round((1 - (point.y - from) / (to - from)) * (canvas.dotsHigh - 1)),
  }));
  for (const { dotX, dotY, symbol, style } of placed) {
    if (symbol) canvas.write(Math.floor(dotX / 2), Math.floor(dotY / 4), symbol, style);
    else canvas.dot(dotX, dotY, { style, symbol: '.', layer: 0 });
  }
  for (const { dotX, dotY, label, style } of placed)
    if (label) writeBeside(canvas, { column: Math.floor(dotX / 2), row: Math.floor(dotY / 4) }, label, style);
  const axis = valueAxis({ from, to, scale: 'linear' }, rows);
  const lines = [
    ...canvas.toLines().map((line, row) => [...axis[row]!, ...line]),
    ...placeAxis({ ...x, scale: 'linear' }, columns),
  ];
  const whole = lines.map((line) => fitLine(line, width));
  return glyphs === 'ascii' ? toAscii(whole) : whole;
}
