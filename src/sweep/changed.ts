import { join } from 'node:path';
import { thousands } from '../core/format.ts';
import { stepOfLast } from './cell_look.ts';
import { waiting } from './extend.ts';
import type { Cell, SweepRecord } from './record.ts';
import { strangerIn } from './stranger.ts';

/** Why what stands in the folder of a cell that was done is not what it came to. */
export interface Changed {
  readonly cell: Cell;
  readonly why: string;
}

/**
 * What has become of the cells that are done since they were: those of which something is gone wait again, those that
 * somebody trained on or put another run in the place of have failed.
 */
export async function changedCells(sweep: SweepRecord, folder: string): Promise<Changed[]> {
  const found: Changed[] = [];
  for (const cell of sweep.cells) {
    if (cell.state !== 'done') continue;
    const saved = await stepOfLast(join(folder, cell.run));
    const why = whyGone(cell, saved);
    if (why !== undefined) {
      const { sha256: _, ...rest } = waiting(cell);
      found.push({ cell: rest, why: `${why}: it is trained again` });
      continue;
    }
    const reason = whyMore(cell, saved) ?? strangerIn(folder, sweep, cell);
    if (reason !== undefined) found.push({ cell: { ...cell, state: 'failed', reason }, why: reason });
  }
  return found;
}

/** Why the results of a cell that is done are not those of its last snapshot, of `step`; undefined where they are. */
export function whyOther(cell: Cell, step: number | undefined): string | undefined {
  return cell.state === 'done' ? (whyGone(cell, step) ?? whyMore(cell, step)) : undefined;
}

function whyGone({ step = 0 }: Cell, saved: number | undefined): string | undefined {
  if (saved === undefined) return 'it was done, and has no snapshot any more';
  return saved < step
    ? `it was done at step ${thousands(step)}, and has no snapshot after step ${thousands(saved)} any more`
    : undefined;
}

function whyMore({ step }: Cell, saved: number | undefined): string | undefined {
  if (step === undefined || saved === undefined || saved <= step) return undefined;
  return `it was done at step ${thousands(step)}, and somebody trained it on to ${thousands(saved)}; rename or remove its folder, or --retry takes it as it is`;
}
