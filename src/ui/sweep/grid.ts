import { textOf } from '../../sweep/cells.ts';
import { byEffect, type Combination } from '../../sweep/overview.ts';
import type { Size } from '../screen/size.ts';
import { type SweepModel, selected } from './model.ts';

/** Where combinations stand on the screen: as the settings say, or one after the other. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
  /** Row by row; undefined where the sweep has no such combination. */
  readonly places: readonly (Combination | undefined)[];
  /** The place of the selected one. */
  readonly cursor: number;
}

/** The part of a grid that is in view, with the sizes of its rows and columns. */
export interface Window {
  readonly firstRow: number;
  readonly firstColumn: number;
  readonly heights: readonly number[];
  readonly widths: readonly number[];
}

/** Least cells of a tile in which a curve can be read. */
const least = { columns: 24, rows: 5 };
/** Cells of width that go with one of height in a well-proportioned tile. */
const proportion = 3.5;

/** @param size of the part of the screen that the grid has */
export function gridOf(model: SweepModel, size: Size): Grid {
  const { matrix, ranked, metric, data } = model;
  const { combinations } = matrix;
  const current = selected(model);
  const isFlat = ranked || matrix.rows === 1 || matrix.columns === 1;
  if (isFlat) {
    const better = (metric !== undefined && data.metrics?.info(metric)?.better) || 'none';
    const places = ranked && metric !== undefined ? byEffect(combinations, metric, better) : combinations;
    const columns = flowColumns(places.length, size);
    const cursor = places.indexOf(current!);
    return { rows: Math.ceil(places.length / columns), columns, places, cursor: Math.max(0, cursor) };
  }
  const places = new Array<Combination | undefined>(matrix.rows * matrix.columns).fill(undefined);
  for (const one of combinations) places[one.row * matrix.columns + one.column] = one;
  const cursor = current ? current.row * matrix.columns + current.column : 0;
  return { rows: matrix.rows, columns: matrix.columns, places, cursor };
}

/** In as many columns as make the tiles largest; where they cannot all be shown, as many as fit. */
function flowColumns(count: number, { columns, rows }: Size): number {
  const most = Math.max(1, Math.min(count, Math.floor(columns / least.columns)));
  const sizeOf = (across: number): number => {
    const height = Math.floor(rows / Math.ceil(count / across));
    return height < least.rows ? 0 : Math.min(columns / across / proportion, height);
  };
  let best = most;
  for (let across = most - 1; across >= 1; across--) if (sizeOf(across) > sizeOf(best)) best = across;
  return best;
}

export function windowOf({ rows, columns, cursor }: Grid, size: Size): Window {
  const across = shares(columns, size.columns, least.columns, cursor % columns);
  const down = shares(rows, size.rows, least.rows, Math.floor(cursor / columns));
  return { firstRow: down.first, heights: down.sizes, firstColumn: across.first, widths: across.sizes };
}

/** How many of `count` parts fit, round the one at `cursor`, and what each gets of the room. */
function shares(count: number, room: number, least: number, cursor: number): { first: number; sizes: number[] } {
  const seen = Math.max(1, Math.min(count, Math.floor(room / least)));
  const first = Math.max(0, Math.min(cursor - Math.floor(seen / 2), count - seen));
  const size = Math.floor(room / seen);
  const rest = room - seen * size;
  return { first, sizes: Array.from({ length: seen }, (_, i) => size + (i < rest ? 1 : 0)) };
}

/** The combination `right` columns and `down` rows from the selected one; itself where none stands there. */
export function neighbour(grid: Grid, right: number, down: number): Combination | undefined {
  const { rows, columns, places, cursor } = grid;
  const column = (cursor % columns) + right;
  const row = Math.floor(cursor / columns) + down;
  const isInside = column >= 0 && column < columns && row >= 0 && row < rows;
  // The last row may be short.
  return (isInside ? places[Math.min(row * columns + column, places.length - 1)] : undefined) ?? places[cursor];
}

/** Identifies a combination in the model. */
export const keyOf = ({ settings }: Combination): string => textOf(settings);
