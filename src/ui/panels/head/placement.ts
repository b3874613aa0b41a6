import { type HeatmapLayout, heatmapLayout } from '../../../plot/heatmap.ts';
import type { Size } from '../../screen/size.ts';
import type { Model, Reads, View } from '../../state/model.ts';
import { shownPatterns } from '../../state/pattern.ts';
import { tokensOf } from '../../state/probe.ts';
import type { Look } from '../../terminal/look.ts';
import { type PatternSize, pictureIn, rowLabels } from '../common/geometry.ts';
import { roomForPattern } from './circuits.ts';

/** Where the enlarged pattern of one head stands in its panel. */
export interface HeadPlacement {
  readonly picture: Size;
  /** Rows above the picture: axes, what the keys are where that is known and there is room, their names. */
  readonly above: { readonly parts: boolean; readonly rows: number };
  /** Cells right of the picture. */
  readonly beside: number;
}

/** Rows of the panel under the picture: received attention, entropies, scale. */
const below = 3;
/** Rows of a panel in which what the keys are has a row of its own. */
const roomy = 12;

type Shows = Pick<Model, 'look' | 'shapes'> & Reads<'config', never>;

export function headPlacement(pattern: PatternSize, size: Size, shows: Shows): HeadPlacement {
  const parts = size.rows >= roomy && tokensOf(shows).stretches.length > 0;
  const rows = parts ? 3 : 2;
  const room = { columns: size.columns - rowLabels, rows: size.rows - rows - below };
  const picture = pictureIn(pattern, room, shows.look, true);
  return { picture, above: { parts, rows }, beside: room.columns - picture.columns };
}

/** Where the entries of an enlarged pattern stand in its picture. */
export function patternLayout(
  pattern: PatternSize,
  { picture }: HeadPlacement,
  { depth, glyphs }: Look,
): HeatmapLayout {
  const shape = { width: picture.columns, height: picture.rows, depth, glyphs };
  return heatmapLayout(pattern.rows, pattern.columns, shape);
}

/** Rows that the enlarged pattern's panel makes use of, of `size`. */
export function headRows(pattern: PatternSize, size: Size, shows: Shows): number {
  const { picture, above } = headPlacement(pattern, size, shows);
  return picture.rows + above.rows + below;
}

/** Puts the cursor on the entry that is drawn at a place; on the first of those that share the place. */
export function entryUnder(
  model: Model,
  { x, y }: { readonly x: number; readonly y: number },
  inside: Size,
): Partial<View> | undefined {
  const patterns = shownPatterns(model);
  if (!patterns) return undefined;
  const placement = headPlacement(patterns, roomForPattern(model, inside), model);
  const layout = patternLayout(patterns, placement, model.look);
  const [right, down] = [x - rowLabels, y - placement.above.rows];
  if (right < 0 || right >= layout.width || down < 0 || down >= layout.height) return undefined;
  const row = entryAt(patterns.rows, (entry) => layout.cellOf(entry, 0).y, down);
  const column = entryAt(patterns.columns, (entry) => layout.cellOf(0, entry).x, right);
  return { cell: { row, column } };
}

/** The first entry whose drawing begins at cell `at`, else the one that goes on there. */
function entryAt(count: number, beginsAt: (entry: number) => number, at: number): number {
  let entry = 0;
  while (entry + 1 < count && beginsAt(entry) < at && beginsAt(entry + 1) <= at) entry += 1;
  return entry;
}
