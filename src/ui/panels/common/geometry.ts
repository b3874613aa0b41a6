import { pixelsPerCell, seenIn } from '../../../plot/heatmap.ts';
import type { Size } from '../../screen/size.ts';
import type { HeadCount } from '../../state/pattern.ts';
import type { Look } from '../../terminal/look.ts';

/** A pattern's size: rows are queries, columns are what they attend to. */
export interface PatternSize {
  readonly rows: number;
  readonly columns: number;
}

/** How the pictures of all heads share a panel; every layer begins a row of its own. */
export interface HeadGrid {
  /** Pictures in a row, rows that a layer takes, and rows that are visible at a time. */
  readonly across: number;
  readonly rowsOfLayer: number;
  readonly down: number;
  /** Whether each head is a tile of one colour, since its pattern would hardly show. */
  readonly tiles: boolean;
  /** Cells of one picture without its label, and of the place it stands in. */
  readonly thumbnail: Size;
  readonly pitch: Size;
  /** Cells left of the pictures, for the names of the layers. */
  readonly margin: number;
  /** Cells left of each picture for its label; 0 where that stands above it. */
  readonly beside: number;
}

/** Cells of a tile, which holds a number, and of one along the queries; more heads than fit scroll. */
const tile: Size = { columns: 5, rows: 1 };
const largestTile: Size = { columns: 32, rows: 4 };
const gap = 1;
const label = 1;
/** Cells of a label beside a tile: the sign of the selected one, `H`, two digits and a gap; with how sharp it is, beside a wide one. */
const labelBeside = 5;
export const numberedLabel = 8;
/** Cells of a tile from which it has room for its queries. */
const wideTile = 16;
/** Cells for the names of layers, where there are several. */
const layerNames = 3;

/** Grids of the last sizes and looks: several panels ask for the same one in every frame. */
const known = new Map<string, HeadGrid>();
const most = 256;

/** Pictures as large as the panel lets all heads be, or a tile for each. */
export function headGrid(pattern: PatternSize, count: HeadCount, size: Size, look: Look): HeadGrid {
  const { depth, glyphs } = look;
  const numbers = [pattern.rows, pattern.columns, count.layers, count.heads, size.columns, size.rows];
  const key = `${numbers} ${depth} ${glyphs}`;
  const before = known.get(key);
  if (before) return before;
  if (known.size >= most) known.clear();
  const grid = bestGrid(pattern, count, size, look);
  known.set(key, grid);
  return grid;
}

function bestGrid(pattern: PatternSize, count: HeadCount, size: Size, look: Look): HeadGrid {
  const margin = count.layers > 1 ? layerNames : 0;
  const room = { columns: size.columns - margin, rows: size.rows };
  const grids = Array.from({ length: count.heads }, (_, at) => gridOf(pattern, count, room, look, at + 1));
  const [first, ...others] = grids.filter(({ seen }) => seen.enough);
  if (!first) return { ...tileGrid(count, room), margin };
  return { ...others.reduce((a, b) => (isBetter(b, a) ? b : a), first).grid, margin };
}

interface GradedGrid {
  readonly grid: HeadGrid;
  readonly seen: ReturnType<typeof seenIn>;
}

/** The more is seen the better, then the larger, then the lower. */
function isBetter(a: GradedGrid, b: GradedGrid): boolean {
  const worth = ({ grid: { thumbnail, down, pitch }, seen }: GradedGrid) =>
    [seen.entries, thumbnail.columns * thumbnail.rows, -down * pitch.rows] as const;
  const [mine, theirs] = [worth(a), worth(b)];
  const at = mine.findIndex((one, index) => one !== theirs[index]);
  return at >= 0 && mine[at]! > theirs[at]!;
}

function gridOf(pattern: PatternSize, count: HeadCount, size: Size, look: Look, across: number): GradedGrid {
  const rowsOfLayer = Math.ceil(count.heads / across);
  const down = count.layers * rowsOfLayer;
  const columns = Math.floor((size.columns + gap) / across) - gap;
  const rows = Math.floor(size.rows / down) - label;
  const { depth, glyphs } = look;
  const seen = seenIn(pattern, { width: columns < tile.columns ? 0 : columns, height: rows, depth, glyphs });
  return {
    grid: gridWith(pictureIn(pattern, { columns, rows }, look), { across, rowsOfLayer, down, tiles: false }),
    seen,
  };
}

function gridWith(
  thumbnail: Size,
  form: Pick<HeadGrid, 'across' | 'rowsOfLayer' | 'down' | 'tiles'>,
  beside = 0,
): HeadGrid {
  const columns = beside + Math.max(thumbnail.columns, tile.columns) + gap;
  const rows = thumbnail.rows + (beside > 0 ? 0 : label);
  return { ...form, thumbnail, pitch: { columns, rows }, margin: 0, beside };
}

/** As many tiles as fit: under their labels, or beside them where so more are in view. */
function tileGrid(count: HeadCount, size: Size): HeadGrid {
  const [above, narrow] = [tilesWith(0, count, size), tilesWith(labelBeside, count, size)];
  const numbered = { ...narrow.thumbnail, columns: narrow.thumbnail.columns - numberedLabel + labelBeside };
  const isWide = narrow.across > 0 && numbered.columns >= wideTile;
  const beside = isWide ? gridWith(numbered, narrow, numberedLabel) : narrow;
  const seen = ({ across, down }: HeadGrid): number => Math.min(count.layers * count.heads, across * down);
  return seen(beside) > seen(above) ? beside : above;
}

/** Tiles in rows of equal length. */
function tilesWith(beside: number, { layers, heads }: HeadCount, size: Size): HeadGrid {
  const above = beside > 0 ? 0 : label;
  const most = Math.max(1, Math.min(heads, Math.floor((size.columns + gap) / (beside + tile.columns + gap))));
  const rowsOfLayer = Math.ceil(heads / most);
  const across = Math.ceil(heads / rowsOfLayer);
  const all = layers * rowsOfLayer;
  const rows = Math.max(tile.rows, Math.min(largestTile.rows, Math.floor(size.rows / all) - above));
  const down = Math.max(1, Math.min(all, Math.floor(size.rows / (rows + above))));
  const room = Math.floor((size.columns + gap) / across) - gap - beside;
  const columns = Math.max(1, Math.min(largestTile.columns, room));
  return gridWith({ columns, rows }, { across, rowsOfLayer, down, tiles: true }, beside);
}

/** Where head `index`, counted through the layers, stands in the whole grid. */
export function placeOf(grid: HeadGrid, { heads }: HeadCount, index: number): { row: number; column: number } {
  const head = index % heads;
  return {
    row: Math.floor(index / heads) * grid.rowsOfLayer + Math.floor(head / grid.across),
    column: head % grid.across,
  };
}

/** Heads that stand in row `row` of the whole grid, from the left, counted through the layers. */
export function headsInRow(grid: HeadGrid, { layers, heads }: HeadCount, row: number): number[] {
  const layer = Math.floor(row / grid.rowsOfLayer);
  if (row < 0 || layer >= layers) return [];
  const first = (row % grid.rowsOfLayer) * grid.across;
  return Array.from({ length: Math.min(grid.across, heads - first) }, (_, column) => layer * heads + first + column);
}

/** The rows in view: the grid scrolls by whole rows, only as far as the selected head needs. */
export function rowsInView(grid: HeadGrid, count: HeadCount, selected: number): number[] {
  const rows = count.layers * grid.rowsOfLayer;
  const { row } = placeOf(grid, count, selected);
  const top = Math.max(0, Math.min(row - Math.floor(grid.down / 2), rows - grid.down));
  return Array.from({ length: Math.min(grid.down, rows) }, (_, index) => top + index);
}

/** An entry larger than this, in cells, says no more. */
const largestEntry: Size = { columns: 8, rows: 4 };

/** Entries of a pattern that have a pixel of their own in a picture of so many cells. */
export function entriesSeen(pattern: PatternSize, { columns, rows }: Size, { depth, glyphs }: Look): number {
  return seenIn(pattern, { width: columns, height: rows, depth, glyphs }).entries;
}

/**
 * Cells that a pattern covers, stretched to fill the room but not out of shape: queries down, keys across.
 * @param isNumbered whether its rows have numbers beside them, which need whole rows of text
 */
export function pictureIn({ rows, columns }: PatternSize, room: Size, look: Look, isNumbered = false): Size {
  const pixels = pixelsPerCell(look);
  const [wide, high] = [perEntry(columns, room.columns), perEntry(rows, room.rows * pixels)];
  const tall = (most: number): number => (isNumbered ? wholeRows(most, pixels) : most);
  // A cell is about twice as high as wide: between 1 : 2 and 2 : 1 an entry still looks like a square.
  const entry = {
    wide: wide < 1 ? wide : Math.min(largestEntry.columns, wide, Math.max(2, Math.floor((4 * high) / pixels))),
    high: high < 1 ? high : tall(Math.min(largestEntry.rows * pixels, high, Math.max(1, wide * pixels))),
  };
  return {
    columns: Math.max(1, Math.round(columns * entry.wide)),
    rows: Math.max(1, Math.ceil((rows * entry.high) / pixels - 1e-9)),
  };
}

/** Pixels for each of so many entries: a whole number, or less than one where they share pixels. */
export function perEntry(entries: number, pixels: number): number {
  return entries <= pixels ? Math.floor(pixels / entries) : Math.max(1, pixels) / entries;
}

/** Entries as high as whole rows of text, once there is a row for each. */
function wholeRows(high: number, pixels: number): number {
  return high < pixels ? high : high - (high % pixels);
}

/** Cells for the numbers or names of rows left of a picture, and for the bracket of what plays one part. */
export const rowLabels = 5;
