import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { commandLine } from '../../core/own_command.ts';
import { lockPath } from '../../store/lock_record.ts';
import { recordPath } from '../../store/run_folder.ts';

/**
 * What can be done with a run of this name or folder that is over; undefined where there is none, or its lock says that it
 * was not ended, or is trained where this machine cannot see it.
 */
export function finishedRun(word: string, directory: string): { readonly fix: string } | undefined {
  const isOver = (folder: string) => existsSync(recordPath(folder)) && !existsSync(lockPath(folder));
  return [resolve(word), join(directory, word)].some(isOver)
    ? { fix: `it is over; look at it with: ${commandLine('replay', word)}` }
    : undefined;
}
