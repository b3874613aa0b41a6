import { changedCells } from '../../sweep/changed.ts';
import type { SweepRecord } from '../../sweep/record.ts';
import { note } from '../output/output.ts';

/** The record with what has become of runs that were done, which is said. */
export async function asFound(sweep: SweepRecord, folder: string): Promise<SweepRecord> {
  const changed = await changedCells(sweep, folder);
  note(...changed.map(({ cell, why }) => `${cell.run}: ${why}`));
  const now = new Map(changed.map(({ cell }) => [cell.run, cell]));
  return { ...sweep, cells: sweep.cells.map((cell) => now.get(cell.run) ?? cell) };
}
