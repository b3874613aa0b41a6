import { type HeatmapLayout, heatmapLayout } from '../../../plot/heatmap.ts';
import type { Size } from '../../screen/size.ts';
import type { Model, View } from '../../state/model.ts';
import { shownPatterns } from '../../state/pattern.ts';
import type { Look } from '../../terminal/look.ts';
import { type PatternSize, pictureIn, rowLabels } from '../common/geometry.ts';

/** Where the enlarged pattern of one head stands in its panel. */
export interface HeadPlacement {
  readonly turned: boolean;
  readonly picture: Size;
  /** Cells right of the picture. */
  readonly beside: number;
}

/** Rows of an enlarged pattern's panel that are not picture: axes, numbers, received attention, entropies, scale. */
const around = 5;
/** Where an enlarged pattern begins in its panel: under axes and numbers, right of the row numbers. */
const corner = { x: rowLabels, y: 2 } as const;

/** The orientation in which the pattern is seen largest and, if it can be, without averaging. */
export function headPlacement(pattern: PatternSize, size: Size, look: Look): HeadPlacement {
  const room = { columns: size.columns - rowLabels, rows: size.rows - around };
  const [upright, turned] = [pictureIn(pattern, room, look, false), pictureIn(pattern, room, look, true)];
  const best = upright.worth >= turned.worth ? upright : turned;
  return { turned: best === turned, picture: best.picture, beside: room.columns - best.picture.columns };
}

/** Where the entries of an enlarged pattern stand in its picture, with rows and columns exchanged if it is turned. */
export function patternLayout(pattern: PatternSize, { turned, picture }: HeadPlacement, look: Look): HeatmapLayout {
  const [rows, columns] = turned ? [pattern.columns, pattern.rows] : [pattern.rows, pattern.columns];
  const { depth, glyphs } = look;
  return heatmapLayout(rows, columns, { width: picture.columns, height: picture.rows, depth, glyphs, aspect: 'fill' });
}

/** Rows that the enlarged pattern's panel makes use of, of `size`. */
export function headRows(pattern: PatternSize, size: Size, look: Look): number {
  return headPlacement(pattern, size, look).picture.rows + around;
}

/** Puts the cursor on the entry that is drawn at a place; on the first of those that share the place. */
export function entryUnder(
  model: Model,
  { x, y }: { readonly x: number; readonly y: number },
  inside: Size,
): Partial<View> | undefined {
  const patterns = shownPatterns(model);
  if (!patterns) return undefined;
  const placement = headPlacement(patterns, inside, model.look);
  const layout = patternLayout(patterns, placement, model.look);
  const [right, down] = [x - corner.x, y - corner.y];
  if (right < 0 || right >= layout.width || down < 0 || down >= layout.height) return undefined;
  const { turned } = placement;
  const across = entryAt(turned ? patterns.rows : patterns.columns, (entry) => layout.cellOf(0, entry).x, right);
  const along = entryAt(turned ? patterns.columns : patterns.rows, (entry) => layout.cellOf(entry, 0).y, down);
  return { cell: turned ? { row: across, column: along } : { row: along, column: across } };
}

/** The first entry whose drawing begins at cell `at`, else the one that goes on there. */
function entryAt(count: number, beginsAt: (entry: number) => number, at: number): number {
  let entry = 0;
  while (entry + 1 < count && beginsAt(entry) < at && beginsAt(entry + 1) <= at) entry += 1;
  return entry;
}
