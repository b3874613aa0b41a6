import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from './errors.ts';

/**
 * That a file could be written there, before the work it is to hold.
 * @throws UserError when the folder is not there, or `path` is one itself
 */
export async function requirePlace(path: string): Promise<void> {
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (!folder?.isDirectory()) {
    throw new UserError({ where: path, what: 'its folder is not there', fix: 'make the folder or name another file' });
  }
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw new UserError({ where: path, what: 'is a folder', fix: 'name a file' });
  // What is written takes the place of what was there: of a pipe or a device that is never meant.
  if (there && !there.isFile()) throw new UserError({ where: path, what: 'not a plain file', fix: 'name a file' });
}
