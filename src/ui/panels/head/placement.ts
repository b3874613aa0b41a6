import { type HeatmapLayout, heatmapLayout } from '../../../plot/heatmap.ts';
import type { Size } from '../../screen/size.ts';
import type { Model, Reads, View } from '../../state/model.ts';
import { shownPatterns } from '../../state/pattern.ts';
import { tokensOf } from '../../state/probe.ts';
import type { Look } from '../../terminal/look.ts';
import { entriesSeen, type PatternSize, pictureIn, rowLabels } from '../common/geometry.ts';
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

type Shows = Pick<Model, 'look' | 'shapes'> & Reads<'config', 'zoomed'>;

/** Shares of the columns and rows of a panel that fills the screen which its pattern has where it shows no less in them. */
const shares = { columns: 0.6, rows: 0.7 };

export function headPlacement(pattern: PatternSize, size: Size, shows: Shows): HeadPlacement {
  const parts = size.rows >= roomy && tokensOf(shows).stretches.length > 0;
  const rows = parts ? 3 : 2;
  const room = { columns: size.columns - rowLabels, rows: size.rows - rows - below };
  const picture = pictureBeside(pattern, room, shows);
  return { picture, above: { parts, rows }, beside: room.columns - picture.columns };
}

/** As large as the room lets it be; where it fills the screen, only as large as tells more: what else there is has the rest. */
function pictureBeside(pattern: PatternSize, room: Size, { look, view }: Shows): Size {
  const whole = pictureIn(pattern, room, look, true);
  if (view.zoomed !== 'head') return whole;
  const less = { columns: Math.floor(shares.columns * room.columns), rows: Math.floor(shares.rows * room.rows) };
  const smaller = pictureIn(pattern, less, look, true);
  return entriesSeen(pattern, smaller, look) === entriesSeen(pattern, whole, look) ? smaller : whole;
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
