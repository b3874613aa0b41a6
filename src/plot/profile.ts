import { evenDecades, evenRange, positionOf, type Scale, valueRange } from './axes.ts';
import { Canvas } from './canvas.ts';
import { placeAxis } from './place_axis.ts';
import type { Style, Token } from './style.ts';
import { fitLine, type Glyphs, type Line } from './text.ts';
import { toAscii } from './to_ascii.ts';
import { gutter, valueAxis } from './value_axis.ts';

/** Values at a few numbered places, such as errors at context lengths. */
export interface Profile {
  /** Stands at every point. */
  readonly symbol: string;
  readonly role: Token;
  /** Drawn weakly, behind the others. */
  readonly faint?: boolean;
  /** Rising in `at`; values that are not finite are gaps. */
  readonly points: readonly { readonly at: number; readonly value: number }[];
}

export interface ProfileOptions {
  readonly width: number;
  readonly height: number;
  readonly glyphs?: Glyphs;
  readonly scale: Scale;
  /** What the places are, under the axis of values: at most six letters. */
  readonly places: string;
  readonly profiles: readonly Profile[];
}

/** Cells from one sign of a profile to the next, at least. */
const apart = 4;

/** Profiles over one pair of axes, in exactly height rows of width cells; on a log scale what is not positive lies at the foot. */
export function drawProfiles({ width, height, glyphs = 'unicode', scale, places, profiles }: ProfileOptions): Line[] {
  const [columns, rows] = [width - gutter, height - 2];
  const all = profiles.flatMap(({ points }) => points);
  const values = all
    .map(({ value }) => value)
    .filter((value) => Number.isFinite(value) && (scale === 'linear' || value > 0));
  if (columns < 4 || rows < 2 || all.length === 0) return Array.from({ length: height }, () => fitLine([], width));
  const [first, last] = [Math.min(...all.map(({ at }) => at)), Math.max(...all.map(({ at }) => at))];
  const x = { from: first, to: last > first ? last : first + 1 };
  // What is not positive lies at the foot, which must not be taken for the least of the others.
  const below = scale === 'log' && values.length < all.filter(({ value }) => Number.isFinite(value)).length ? 0.1 : 1;
  const [least, most] = values.length > 0 ? [below * Math.min(...values), Math.max(...values)] : [1, 1];
  const [lower, to] = scale === 'linear' ? evenRange(least, most, rows) : valueRange(least, most, scale);
  const from = (scale === 'log' && evenDecades(least, to, 4 * rows - 1)) || lower;
  const ticks = [...new Set(all.map(({ at }) => at))]
    .sort((a, b) => a - b)
    .map((value) => ({ value, label: String(value) }));
  const canvas = new Canvas(columns, rows, glyphs);
  const place = ({ at, value }: { at: number; value: number }) => ({
    x: Math.round(positionOf(at, x.from, x.to, 'linear') * (canvas.dotsWide - 1)),
    y: Math.round((1 - Math.max(0, positionOf(value, from, to, scale))) * (canvas.dotsHigh - 1)),
  });
  const ordered = [...profiles].sort((a, b) => Number(b.faint ?? false) - Number(a.faint ?? false));
  for (const [layer, { symbol, role, faint = false, points }] of ordered.entries()) {
    const style: Style = { fg: role, dim: faint };
    let before: { x: number; y: number } | undefined;
    let free = 0;
    for (const [index, point] of points.entries()) {
      const dot = Number.isFinite(point.value) ? place(point) : undefined;
      if (before && dot) canvas.line(before.x, before.y, dot.x, dot.y, { style, symbol: '.', layer });
      before = dot;
      if (!dot) continue;
      // Signs that stand close hide the curve; those of two curves take turns.
      const column = Math.floor(dot.x / 2);
      if (column < free && index < points.length - 1) continue;
      canvas.write(column, Math.floor(dot.y / 4), symbol, { fg: role, bold: !faint });
      free = column + apart;
    }
  }
  const axis = valueAxis({ from, to, scale }, rows);
  const lines = [
    ...canvas.toLines().map((line, row) => [...axis[row]!, ...line]),
    ...placeAxis({ ...x, scale: 'linear', ticks, title: places }, columns),
  ];
  const whole = lines.map((line) => fitLine(line, width));
  return glyphs === 'ascii' ? toAscii(whole) : whole;
}
