import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** `sweep.json`, which says what the runs in a folder belong to. */
export const sweepFile = 'sweep.json';

/** Whether a folder holds the runs of a sweep. */
export function isSweep(folder: string): boolean {
  try {
    return lstatSync(join(folder, sweepFile)).isFile();
  } catch {
    // Nothing is there, or nobody may look.
    return false;
  }
}

/** The folders of the sweeps in a folder of runs. */
export function sweepsIn(directory: string): string[] {
  return namesOf(directory)
    .map((name) => join(directory, name))
    .filter(isSweep);
}

/** What stands in a folder of runs, by its path from there, in the order of names: the runs of a sweep after it. */
export function namesIn(directory: string): string[] {
  return namesOf(directory).flatMap((name) => {
    const folder = join(directory, name);
    return isSweep(folder) ? [name, ...namesOf(folder).map((run) => join(name, run))] : [name];
  });
}

function namesOf(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => !name.startsWith('.'))
      .sort();
  } catch {
    return [];
  }
}
