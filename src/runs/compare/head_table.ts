import type { HeadPatterns } from '../patterns.ts';
import { areAlike, matchHeads } from './heads.ts';

/** A head in its column. */
interface PlacedHead {
  /** Counted through the layers. */
  readonly head: number;
  /** How alike it is to the head that gives the column its place; undefined in that head's own row, and unmatched. */
  readonly similarity?: number;
}

/** Heads of all runs in columns of heads that attend alike. */
export interface HeadTable {
  /** The run whose heads give the columns their places: one with the most. */
  readonly reference: number;
  /** By run: its head in every column, undefined where it has no counterpart; undefined for a run without patterns. */
  readonly rows: readonly (readonly (PlacedHead | undefined)[] | undefined)[];
  readonly columns: number;
  /** By run: whether its heads are matched, or stand in their own order because its patterns are of another size. */
  readonly matched: readonly boolean[];
}

/** The heads of runs, matched with those of the run that has the most; undefined when no run has patterns. */
export function headTable(runs: readonly (HeadPatterns | undefined)[]): HeadTable | undefined {
  const count = (one: HeadPatterns | undefined): number => (one ? one.layers * one.heads : 0);
  const reference = runs.reduce((most, one, i) => (count(one) > count(runs[most]) ? i : most), 0);
  const model = runs[reference];
  if (!model) return undefined;
  const columns = count(model);
  const rows = runs.map((one, i) => {
    if (!one) return undefined;
    if (i === reference || !areAlike(model, one)) {
      return Array.from({ length: count(one) }, (_, head): PlacedHead => ({ head }));
    }
    const row = new Array<PlacedHead | undefined>(columns).fill(undefined);
    for (const { head, counterpart, similarity } of matchHeads(model, one)) {
      row[head] = { head: counterpart, similarity };
    }
    return row;
  });
  const matched = runs.map((one) => one !== undefined && areAlike(model, one));
  return { reference, rows: inOrder(rows, columns, matched), columns, matched };
}

/** The columns of the heads of runs with few heads first: those in view are then the ones that can be compared. */
function inOrder(rows: HeadTable['rows'], columns: number, matched: readonly boolean[]): HeadTable['rows'] {
  if (rows.some((row, run) => row && !matched[run])) return rows;
  const weights = rows.map((row) => 1 / (row?.filter((head) => head !== undefined).length || 1));
  const weight = (column: number): number =>
    rows.reduce((sum, row, run) => sum + (row?.[column] ? weights[run]! : 0), 0);
  const order = Array.from({ length: columns }, (_, column) => column).sort((a, b) => weight(b) - weight(a));
  return rows.map((row) => row && order.map((column) => row[column]));
}
