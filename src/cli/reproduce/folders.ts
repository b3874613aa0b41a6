import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runsFolder } from '../../reproduce/report/results.ts';
import { isSweep } from '../../store/sweep_folder.ts';
import { type Cell, readSweep } from '../../sweep/record.ts';

/** A run that some sweep has, whoever asked for it. */
export interface Known {
  /** Name of its sweep. */
  readonly sweep: string;
  readonly cell: Cell;
  readonly folder: string;
}

/** All runs below the folder of results, by what they compute. @throws UserError where a record cannot be read */
export function knownRuns(root: string): Map<string, Known> {
  const base = runsFolder(root);
  const found = new Map<string, Known>();
  for (const name of namesIn(base)) {
    const folder = join(base, name);
    if (!isSweep(folder)) continue;
    const { cells, steps } = readSweep(folder);
    for (const cell of cells) {
      const key = `${cell.config_sha256}@${steps}`;
      if (found.get(key)?.cell.state !== 'done') found.set(key, { sweep: name, cell, folder: join(folder, cell.run) });
    }
  }
  return found;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
