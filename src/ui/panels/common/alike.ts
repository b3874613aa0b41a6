import { signedMap } from '../../../plot/colourmap.ts';
import { drawHeatmap, drawSignedScale, heatmapLayout } from '../../../plot/heatmap.ts';
import { fitLine, type Line, span } from '../../../plot/text.ts';
import { entryNames, namedRows } from '../../screen/pattern_axes.ts';
import type { Size } from '../../screen/size.ts';
import type { Look } from '../../terminal/look.ts';
import { pictureIn } from './geometry.ts';

/** Parts that are compared in pairs, at most. */
const most = 64;
/** Cells of names left of the picture; rows over and under it; what a picture needs. */
const [names, around, least] = [6, 4, 4];

/** Correlation of two series where both have a number: 1 for the same pattern whatever its size, 0 for unrelated ones. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [count, sumA, sumB, squaresA, squaresB, products] = [0, 0, 0, 0, 0, 0];
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [a[at]!, b[at]!];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    count += 1;
    sumA += x;
    sumB += y;
    squaresA += x * x;
    squaresB += y * y;
    products += x * y;
  }
  const spread = (squares: number, sum: number) => Math.max(0, squares - (sum * sum) / count);
  const norm = Math.sqrt(spread(squaresA, sumA) * spread(squaresB, sumB));
  return norm > 0 ? (products - (sumA * sumB) / count) / norm : Number.NaN;
}

const known = new WeakMap<object, Float32Array>();

/** The correlations of all pairs [n, n]; worked out once for what `of` stands for. */
function correlations(of: object, rows: readonly ArrayLike<number>[]): Float32Array {
  const before = known.get(of);
  if (before) return before;
  const found = new Float32Array(rows.length ** 2);
  for (const [i, a] of rows.entries()) {
    for (let j = 0; j <= i; j++) {
      const value = i === j ? 1 : correlation(a, rows[j]!);
      [found[i * rows.length + j], found[j * rows.length + i]] = [value, value];
    }
  }
  known.set(of, found);
  return found;
}

/** How alike heads are, pair by pair, in at most so many cells; nothing of a single one, of very many, or where there is no room. */
export function drawAlike(
  parts: {
    /** What the correlations are of, as long as it stays the same object. */
    readonly of: object;
    readonly what: string;
    readonly rows: readonly ArrayLike<number>[];
    name(part: number): string;
  },
  { columns, rows }: Size,
  look: Look,
): Line[] {
  const count = parts.rows.length;
  if (count < 2 || count > most || rows < around + least) return [];
  const pattern = { rows: count, columns: count };
  const picture = pictureIn(pattern, { columns: columns - names, rows: rows - around }, look, true);
  if (picture.columns < count) return [];
  const { depth, glyphs, theme } = look;
  const shape = { width: picture.columns, height: picture.rows, depth, glyphs };
  const layout = heatmapLayout(count, count, shape);
  const map = signedMap(theme);
  const data = correlations(parts.of, parts.rows);
  const drawn = drawHeatmap({ ...pattern, data }, { ...shape, min: -1, max: 1, map });
  const left = namedRows(count, layout);
  const above = entryNames({
    first: 0,
    count,
    width: layout.width,
    cellOf: (entry) => layout.cellOf(0, entry).x,
    name: String,
  });
  const indent = ' '.repeat(names);
  return [
    fitLine([span(` ${parts.what}`, { fg: 'hint' })], columns),
    [span(indent + above, { fg: 'hint' })],
    ...drawn.map((line, row): Line => {
      const name = left[row] === undefined ? '' : parts.name(left[row]);
      return [span(`${name.padStart(names - 1)} `, { fg: 'hint' }), ...line];
    }),
    [span(indent), ...drawSignedScale({ width: Math.min(32, columns - names), end: 1, map, depth, glyphs })],
  ];
}
