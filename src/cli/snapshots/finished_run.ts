import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { commandLine } from '../../core/own_command.ts';
import { recordPath } from '../../store/run_folder.ts';

/** What can be done with a run of this name or folder that nobody trains; undefined where there is none. */
export function finishedRun(word: string, directory: string): { readonly fix: string } | undefined {
  const isThere = [resolve(word), join(directory, word)].some((folder) => existsSync(recordPath(folder)));
  return isThere ? { fix: `it is over; look at it with: ${commandLine('replay', word)}` } : undefined;
}
