import { basename } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { thousands } from '../core/format.ts';
import { fateOf } from '../core/process.ts';
import { describeRun } from '../store/library.ts';
import { lockPath, readLock } from '../store/lock_record.ts';
import { pluginsOfRun } from '../store/run_folder.ts';

/** The signal that ended a trainer, for whoever started it; null while it lives, and where it ended by itself. */
export type EndedBy = () => NodeJS.Signals | null;

/** How often to look whether a trainer that has left is gone, and how long, in milliseconds. */
const interval = 20;
const patience = 1000;

/**
 * What became of a trainer that left without a word: a crash of native code or a signal of somebody's ended it, and its lock
 * stands there still. Undefined where it left in good order, or lives.
 */
export async function suddenEnd(folder: string, endedBy?: EndedBy): Promise<string | undefined> {
  const deadline = systemClock.now() + patience;
  for (;;) {
    const lock = readLock(lockPath(folder));
    if (!lock) return undefined;
    if (fateOf(lock) === 'gone' && (!endedBy || endedBy())) break;
    if (systemClock.now() >= deadline) {
      if (fateOf(lock) !== 'gone') return undefined;
      break;
    }
    await systemClock.sleep(interval);
  }
  const by = endedBy?.() ?? 'a crash or a signal';
  const plugins = pluginsOfRun(folder).map((file) => basename(file));
  const culprits = plugins.length > 0 ? `, maybe by native code of ${plugins.join(' or ')}` : '';
  return `the trainer was ended by ${by}${culprits}; ${await keptIn(folder)}`;
}

/** Which state of a run is on disk. */
async function keptIn(folder: string): Promise<string> {
  const { snapshots } = await describeRun(folder);
  const last = snapshots.findLast((one) => !one.superseded && 'header' in one);
  return last && 'header' in last ? `step ${thousands(last.header.step)} is kept` : 'no snapshot is kept';
}
