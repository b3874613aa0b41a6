import { resolve } from 'node:path';
import { readPreferences, type StoredPreferences } from './preferences.ts';

/** The folder that holds run folders: `--dir`, else the preference, else `snapshots`. */
export function directoryOf(dir: string | undefined, { directory }: StoredPreferences = readPreferences()): string {
  return resolve(dir ?? directory ?? 'snapshots');
}
