import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Compared } from '../../runs/compare/compared.ts';
import { screenPreferences } from './full_screen.ts';
import { shareCompared } from './postcards.ts';

/** Reads snapshots of one run; a text says why they cannot be put side by side. */
export async function loadSnapshots(folder: string, files: readonly string[]): Promise<Compared[] | string> {
  const gone = files.find((file) => !existsSync(join(folder, file)));
  if (gone !== undefined)
    return `${gone} is no longer there, newer snapshots have taken its place; pick another with c`;
  const { loadCompared } = await import('../../runs/compare/load.ts');
  const paths = files.map((file) => join(folder, file));
  return loadCompared(paths, folder).catch((error: Error) => `cannot compare: ${error.message}`);
}

/** Puts snapshots side by side until that screen is left; @returns why not, where they could not be read */
export async function compareSnapshots(
  compared: readonly Compared[] | string,
  words: readonly string[],
): Promise<string | undefined> {
  if (typeof compared === 'string') return compared;
  const { showCompare } = await import('../../ui/compare/show_compare.ts');
  await showCompare(compared, screenPreferences(), shareCompared(words));
  return undefined;
}
