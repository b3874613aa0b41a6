import { heatmapLayout } from '../plot/heatmap.ts';
import type { Look } from './look.ts';
import type { Size } from './model.ts';

/** A pattern's size: rows are queries, columns are what they attend to. */
export interface PatternSize {
  readonly rows: number;
  readonly columns: number;
}

/** How the thumbnails of all heads share a panel. */
export interface HeadGrid {
  /** Thumbnails in a row, and rows that are visible at a time. */
  readonly across: number;
  readonly down: number;
  /** Cells of one thumbnail without its label, and of the place it stands in. */
  readonly thumbnail: Size;
  readonly pitch: Size;
  /** Whether patterns are drawn with rows and columns exchanged. */
  readonly turned: boolean;
}

/** Smallest thumbnails worth looking at; more heads than fit at this size scroll. */
const smallestThumbnail: Size = { columns: 5, rows: 2 };
const gap = 1;
const label = 1;
/** How much larger a turned pattern must be before it is drawn so. */
const turnedAdvantage = 1.3;

/** The part of the heads panel that thumbnails share: all but a margin and the row of the colour scale. */
export function headsRoom(size: Size): Size {
  return { columns: size.columns - 1, rows: size.rows - 1 };
}

/** Thumbnails as large as the panel lets all heads be, scrolling only when there are too many. */
export function headGrid(pattern: PatternSize, heads: number, size: Size, look: Look): HeadGrid {
  let best: (HeadGrid & { worth: number }) | undefined;
  for (const turned of [false, true]) {
    for (let across = 1; across <= heads; across++) {
      const grid = gridOf(pattern, heads, size, look, turned, across);
      if (grid && grid.worth > (best?.worth ?? 0)) best = grid;
    }
  }
  return best ?? scrollingGrid(size);
}

function gridOf(pattern: PatternSize, heads: number, size: Size, look: Look, turned: boolean, across: number) {
  const down = Math.ceil(heads / across);
  const columns = Math.floor((size.columns + gap) / across) - gap;
  const rows = Math.floor(size.rows / down) - label;
  if (columns < smallestThumbnail.columns || rows < smallestThumbnail.rows) return undefined;
  const { picture, worth } = pictureIn(pattern, { columns, rows }, look, turned);
  return {
    across,
    down,
    turned,
    thumbnail: picture,
    pitch: { columns: Math.max(picture.columns, smallestThumbnail.columns) + gap, rows: picture.rows + label },
    worth,
  };
}

function scrollingGrid(size: Size): HeadGrid {
  const pitch = { columns: smallestThumbnail.columns + 1, rows: smallestThumbnail.rows + label };
  return {
    across: Math.max(1, Math.floor((size.columns + 1) / pitch.columns)),
    down: Math.max(1, Math.floor(size.rows / pitch.rows)),
    thumbnail: smallestThumbnail,
    pitch,
    turned: false,
  };
}

/** An entry larger than this says no more. */
const largestEntry: Size = { columns: 4, rows: 2 };
/** What a picture in which entries are averaged is worth beside one of the same size in which they are not. */
const averagedWorth = 0.5;

/** Cells that a pattern covers, stretched to fill the room but not out of shape, and how good a picture that makes. */
function pictureIn(pattern: PatternSize, room: Size, look: Look, turned: boolean): { picture: Size; worth: number } {
  const [rows, columns] = turned ? [pattern.columns, pattern.rows] : [pattern.rows, pattern.columns];
  const [wide, high] = [room.columns / columns, room.rows / rows];
  // A cell is about twice as high as wide: between 1 : 2 and 2 : 1 an entry still looks like a square.
  const entry = {
    columns: Math.min(largestEntry.columns, wide, wide < 1 ? wide : 4 * high),
    rows: Math.min(largestEntry.rows, high, high < 0.5 ? high : Math.max(wide, 0.5)),
  };
  const width = Math.max(1, Math.floor(columns * (entry.columns < 1 ? entry.columns : Math.floor(entry.columns))));
  const height = Math.max(1, Math.floor(rows * (entry.rows < 1 ? entry.rows : Math.floor(entry.rows)) + 1e-9));
  const layout = heatmapLayout(rows, columns, {
    width,
    height,
    depth: look.depth,
    glyphs: look.glyphs,
    aspect: 'fill',
  });
  const picture = { columns: layout.width, rows: layout.height };
  const worth = layout.width * layout.height * (layout.averaged ? averagedWorth : 1) * (turned ? 1 : turnedAdvantage);
  return { picture, worth };
}

/** Where the enlarged pattern of one head stands in its panel. */
export interface HeadPlacement {
  readonly turned: boolean;
  readonly picture: Size;
  /** Cells right of the picture. */
  readonly beside: number;
}

/** Cells for the row numbers left of an enlarged pattern. */
export const rowLabels = 5;
/** Rows of an enlarged pattern's panel that are not picture: axes, numbers, received attention, entropies, scale. */
const around = 5;

/** The orientation in which the pattern is seen largest and, if it can be, without averaging. */
export function headPlacement(pattern: PatternSize, size: Size, look: Look): HeadPlacement {
  const room = { columns: size.columns - rowLabels, rows: size.rows - around };
  const [upright, turned] = [pictureIn(pattern, room, look, false), pictureIn(pattern, room, look, true)];
  const best = upright.worth >= turned.worth ? upright : turned;
  return { turned: best === turned, picture: best.picture, beside: room.columns - best.picture.columns };
}
