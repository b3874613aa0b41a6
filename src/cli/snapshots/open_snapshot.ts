import { dirname, resolve } from 'node:path';
import type { RunConfig } from '../../protocol/config.ts';
import type { SuppliedFacts } from '../../snapshots/metadata.ts';
import { readSnapshot } from '../../snapshots/store.ts';
import { snapshotNamed } from '../../store/library.ts';
import { requirePluginsOfFolder } from '../../store/run_folder.ts';
import { note } from '../output/output.ts';
import { suppliedFacts } from './supplied.ts';

/** Reads a snapshot whole. @throws UserError when it is damaged or its run was made with plugins that are not loaded */
export async function openSnapshot(path: string, supplied?: SuppliedFacts) {
  const { snapshot, notices } = await readSnapshot(path, supplied);
  return { snapshot, notices: [...notices, ...requirePluginsOfFolder(dirname(path))] };
}

/**
 * Opens the snapshot of a file, or the last one of a run.
 * @param directory for runs that are named
 * @param onNotice told of damage that was passed over
 * @param config where the configuration comes from if the snapshot lost its own
 * @returns also `where`, the file as faults name it
 */
export async function openNamed(
  word: string,
  directory: string,
  config: string | undefined,
  onNotice: (message: string) => void = note,
) {
  const supplied = await suppliedFacts(config, directory);
  const file = await snapshotNamed(word, directory, onNotice, supplied);
  const opened = await openSnapshot(resolve(file), supplied);
  const where = namedWith(file, opened.snapshot, supplied);
  return { file, where, ...opened };
}

/** A file as faults name it: with what configured it, where that is not the file itself. */
export function namedWith(file: string, { config }: { readonly config: RunConfig }, supplied?: SuppliedFacts): string {
  return supplied && config === supplied.config ? `${file}, read with --config ${supplied.source}` : file;
}
