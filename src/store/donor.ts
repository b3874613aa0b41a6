import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Snapshot } from '../snapshots/format.ts';
import { readSnapshot } from '../snapshots/store.ts';
import { snapshotNamed } from './library.ts';

/** A snapshot that something is taken from. */
interface Donor {
  /** Name of the folder that it lies in. */
  readonly run: string;
  readonly snapshot: Snapshot;
}

/**
 * The snapshot that a word names: a file, the last one of a run, or where `own` is given, one of that run by the name of its
 * file, with or without the extension.
 * @param directory for runs that are named
 * @param own folder of a run
 * @throws UserError when there is no such snapshot, or it is damaged
 */
export async function donorNamed(word: string, directory: string, own?: string): Promise<Donor> {
  const isName = own !== undefined && basename(word) === word;
  const [mine] = isName ? [word, `${word}.safetensors`].map((name) => join(own, name)).filter(isSnapshot) : [];
  const path = resolve(mine ?? (await snapshotNamed(word, directory, () => undefined)));
  return { run: basename(dirname(path)), snapshot: (await readSnapshot(path)).snapshot };
}

const isSnapshot = (path: string): boolean => path.endsWith('.safetensors') && existsSync(path);
