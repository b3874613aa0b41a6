import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { stateHash } from '../snapshots/state_hash.ts';
import { readSnapshot } from '../snapshots/store.ts';
import { catalogued, snapshotsIn } from '../store/catalogue.ts';

/** What the folder of a cell's run tells. */
export interface CellLook {
  /** Updates that its journal tells of; 0 without one. */
  readonly step: number;
  /** Updates of the last snapshot that counts; 0 without one. */
  readonly saved: number;
  /** How it ended, if it did. */
  readonly ending?: string | undefined;
  /** Path of the last snapshot that counts. */
  readonly snapshot?: string | undefined;
  /** Of the trained state in it; undefined without one that can be read. */
  stateHash(): Promise<string | undefined>;
}

/** Looks at the folder of a cell, which need not be there. */
export async function lookAt(folder: string): Promise<CellLook> {
  const run = await catalogued(folder).catch(nothing);
  const last = run?.snapshots.at(-1);
  const snapshot = last && join(folder, last.file);
  return {
    step: run?.step ?? 0,
    saved: last?.step ?? 0,
    ending: run?.ending,
    snapshot,
    stateHash: async () => {
      const read = snapshot === undefined ? undefined : await readSnapshot(snapshot).catch(nothing);
      return read && stateHash(read.snapshot);
    },
  };
}

/** Path of the last snapshot that counts; undefined where there is none. Much faster than a look at all of the folder. */
export async function lastSnapshotOf(folder: string): Promise<string | undefined> {
  const last = (await snapshotsIn(folder).catch(nothing))?.at(-1)?.file;
  return last === undefined ? undefined : join(folder, last);
}

/** Updates of the last snapshot that counts; undefined where there is none. */
export async function stepOfLast(folder: string): Promise<number | undefined> {
  return (await snapshotsIn(folder).catch(nothing))?.at(-1)?.step;
}

function nothing(error: unknown): undefined {
  if (!(error instanceof UserError) && (error as NodeJS.ErrnoException).code === undefined) throw error;
}
