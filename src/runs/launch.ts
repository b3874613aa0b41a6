import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { UserError } from '../core/errors.ts';
import { type GoingRun, goingAt } from '../store/going.ts';
import { loadedPlugins } from '../store/plugin_records.ts';
import type { RunLock } from '../store/run_lock.ts';
import { startDetached } from './detached.ts';
import type { EndedBy } from './sudden_end.ts';

/** Longest wait for a trainer to open its socket, in milliseconds. */
const patience = 60_000;
/** Exit status of a trainer that has said in one line why it cannot start. */
const refused = 2;

/**
 * Starts the trainer of a run folder as a process of its own, which outlives this one and takes over its lock.
 * @param program path of the program's entry file
 * @param words further words of its command line
 * @param watched a screen is about to connect: training waits for it a little, so that it misses nothing
 * @throws UserError with the trainer's last words when it does not come up
 */
export async function launchTrainer(
  program: string,
  lock: RunLock,
  words: readonly string[],
  watched: boolean,
): Promise<GoingRun & { readonly endedBy: EndedBy }> {
  const { folder } = lock;
  const logFile = join(folder, 'trainer.log');
  const own = ['trainer', folder, '--lock', lock.record.id, ...(watched ? ['--wait', '5000'] : [])];
  const child = await startDetached(program, [...own, ...words], logFile);
  const deadline = systemClock.now() + patience;
  while (!child.ended && systemClock.now() < deadline) {
    const going = goingAt(folder);
    if (going?.lock.pid === child.pid && going?.lock.socket)
      return { ...going, endedBy: () => child.ended?.signal ?? null };
    await systemClock.sleep(20);
  }
  const last = child.lastWords();
  const { status, signal = null } = child.ended ?? {};
  if (status === refused) rmSync(logFile);
  if (signal !== null) throw killed(folder, signal, logFile);
  throw new UserError({
    where: folder,
    what: status === undefined ? 'the trainer did not come up' : `the trainer stopped at once: ${last}`,
    fix: status === refused ? undefined : `see ${logFile}`,
  });
}

/** A trainer that a signal ended before it listened: its native code, a plugin's, or somebody. */
function killed(folder: string, signal: NodeJS.Signals, logFile: string): UserError {
  const plugins = loadedPlugins().map(({ file }) => file);
  const culprits = plugins.length > 0 ? `; native code of ${plugins.join(' or ')} may be why` : '';
  const what = `the trainer was ended by ${signal} before training began${culprits}`;
  const without = plugins.length > 0 ? ', or mend the plugin' : '';
  return new UserError({ where: folder, what, fix: `what was saved before is as it was; see ${logFile}${without}` });
}
