import { heatmapLayout } from '../../../plot/heatmap.ts';
import type { Size } from '../../screen/size.ts';
import type { HeadCount } from '../../state/pattern.ts';
import type { Look } from '../../terminal/look.ts';

/** A pattern's size: rows are queries, columns are what they attend to. */
export interface PatternSize {
  readonly rows: number;
  readonly columns: number;
}

/** How the thumbnails of all heads share a panel; every layer begins a row of its own. */
export interface HeadGrid {
  /** Thumbnails in a row, rows that a layer takes, and rows that are visible at a time. */
  readonly across: number;
  readonly rowsOfLayer: number;
  readonly down: number;
  /** Cells of one thumbnail without its label, and of the place it stands in. */
  readonly thumbnail: Size;
  readonly pitch: Size;
  /** Cells left of the thumbnails, for the names of the layers. */
  readonly margin: number;
  /** Whether patterns are drawn with rows and columns exchanged. */
  readonly turned: boolean;
}

/** Smallest thumbnails worth looking at; more heads than fit at this size scroll. */
const smallestThumbnail: Size = { columns: 5, rows: 2 };
const gap = 1;
const label = 1;
/** Cells for the names of layers, where there are several. */
const layerNames = 3;
/** How much larger a turned pattern must be before it is drawn so. */
const turnedAdvantage = 1.3;

/** Thumbnails as large as the panel lets all heads be, scrolling only when there are too many. */
export function headGrid(pattern: PatternSize, count: HeadCount, size: Size, look: Look): HeadGrid {
  const margin = count.layers > 1 ? layerNames : 0;
  const room = { columns: size.columns - margin, rows: size.rows };
  let best: GradedGrid | undefined;
  for (const turned of [false, true]) {
    for (let across = 1; across <= count.heads; across++) {
      const found = gridOf(pattern, count, room, look, turned, across);
      if (found && (!best || isBetter(found, best))) best = found;
    }
  }
  return { ...(best?.grid ?? scrollingGrid(pattern, count, room, look)), margin };
}

interface GradedGrid {
  readonly grid: HeadGrid;
  readonly worth: number;
}

/** Larger or more faithful pictures are better, and of equal ones those that take fewer rows. */
function isBetter(a: GradedGrid, b: GradedGrid): boolean {
  const height = ({ grid }: GradedGrid) => grid.down * grid.pitch.rows;
  return a.worth > b.worth || (a.worth === b.worth && height(a) < height(b));
}

function gridOf(pattern: PatternSize, count: HeadCount, size: Size, look: Look, turned: boolean, across: number) {
  const rowsOfLayer = Math.ceil(count.heads / across);
  const down = count.layers * rowsOfLayer;
  const columns = Math.floor((size.columns + gap) / across) - gap;
  const rows = Math.floor(size.rows / down) - label;
  if (columns < smallestThumbnail.columns || rows < smallestThumbnail.rows) return undefined;
  const { picture, worth } = pictureIn(pattern, { columns, rows }, look, turned);
  return { grid: gridWith(picture, { across, rowsOfLayer, down, turned }), worth };
}

function gridWith(thumbnail: Size, form: Pick<HeadGrid, 'across' | 'rowsOfLayer' | 'down' | 'turned'>): HeadGrid {
  const columns = Math.max(thumbnail.columns, smallestThumbnail.columns) + gap;
  return { ...form, thumbnail, pitch: { columns, rows: thumbnail.rows + label }, margin: 0 };
}

/** As many of the smallest thumbnails as fit, then grown into what is left over. */
function scrollingGrid(pattern: PatternSize, { layers, heads }: HeadCount, size: Size, look: Look): HeadGrid {
  const pitch = { columns: smallestThumbnail.columns + gap, rows: smallestThumbnail.rows + label };
  const across = Math.max(1, Math.min(heads, Math.floor((size.columns + gap) / pitch.columns)));
  const rowsOfLayer = Math.ceil(heads / across);
  const down = Math.max(1, Math.min(layers * rowsOfLayer, Math.floor(size.rows / pitch.rows)));
  const room = {
    columns: Math.max(1, Math.floor((size.columns + gap) / across) - gap),
    rows: Math.max(1, Math.floor(size.rows / down) - label),
  };
  return gridWith(pictureIn(pattern, room, look, false).picture, { across, rowsOfLayer, down, turned: false });
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
/** What a picture is worth beside one of the same size in which every pixel stands for equally many entries. */
const unevenWorth = 0.6;
/** Share of the room that may stay empty so that every pixel stands for as many entries. */
const evenRoom = 0.7;

/** Cells that a pattern covers, stretched to fill the room but not out of shape, and how good a picture that makes. */
export function pictureIn(
  pattern: PatternSize,
  room: Size,
  look: Look,
  turned: boolean,
): { picture: Size; worth: number } {
  const [rows, columns] = turned ? [pattern.columns, pattern.rows] : [pattern.rows, pattern.columns];
  const pixels = pixelsPerRow(look);
  const [wide, high] = [perEntry(columns, room.columns), perEntry(rows, room.rows * pixels)];
  // A cell is about twice as high as wide: between 1 : 2 and 2 : 1 an entry still looks like a square.
  const entry = {
    wide: wide < 1 ? wide : Math.min(largestEntry.columns, wide, Math.max(2, Math.floor((4 * high) / pixels))),
    high: high < 1 ? high : wholeRows(Math.min(largestEntry.rows * pixels, high, Math.max(1, wide * pixels)), pixels),
  };
  const picture = {
    columns: Math.max(1, Math.round(columns * entry.wide)),
    rows: Math.max(1, Math.ceil((rows * entry.high) / pixels - 1e-9)),
  };
  const area = picture.columns * picture.rows * (turned ? 1 : turnedAdvantage);
  return { picture, worth: area * faithfulness(1 / entry.wide, 1 / entry.high) };
}

/** Pixels for each of so many entries: a whole number, or less than one, then if possible one over a whole number. */
export function perEntry(entries: number, pixels: number): number {
  if (entries <= pixels) return Math.floor(pixels / entries);
  for (let even = pixels; even >= evenRoom * pixels; even--) if (entries % even === 0) return even / entries;
  return Math.max(1, pixels) / entries;
}

/** Entries as high as whole rows of text, once there is a row for each, so that numbers can stand beside them. */
function wholeRows(high: number, pixels: number): number {
  return high < pixels ? high : high - (high % pixels);
}

/** How well a picture tells entries apart when so many of them share a pixel along either axis. */
function faithfulness(...shared: readonly number[]): number {
  const worth = shared.map((entries) => {
    if (entries <= 1) return 1;
    const even = Math.abs(entries - Math.round(entries)) < 1e-9;
    return (even ? 1 : unevenWorth) / Math.sqrt(entries);
  });
  return worth.reduce((product, one) => product * one, 1);
}

/** Half blocks put two rows of entries into one of text; shades do not. */
function pixelsPerRow({ depth, glyphs }: Look): number {
  return heatmapLayout(2, 1, { width: 1, height: 1, depth, glyphs, aspect: 'fill' }).averaged ? 1 : 2;
}

/** Cells for the numbers or names of rows left of a picture. */
export const rowLabels = 5;
