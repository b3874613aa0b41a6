import { resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { StoredPreferences } from './preferences.ts';

/** The folder that holds run folders: `--dir`, else the preference, else `snapshots`. @throws UserError when it is named '' */
export function directoryOf(dir: string | undefined, { directory }: StoredPreferences): string {
  if (dir === '') throw new UserError({ where: '--dir', what: 'no folder is named', expected: 'a path' });
  return resolve(dir ?? directory ?? 'snapshots');
}
