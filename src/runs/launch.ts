import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { UserError } from '../core/errors.ts';
import { openOwn, readPlain } from '../core/plain_files.ts';
import { type GoingRun, goingAt } from '../store/going.ts';
import type { RunLock } from '../store/run_lock.ts';

/** Longest wait for a trainer to open its socket, in milliseconds. */
const patience = 60_000;
/** Exit status of a trainer that has said in one line why it cannot start. */
const refused = 2;

/** Largest log that is read for a trainer's last words, in bytes. */
const longestLog = 2 ** 26;

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
): Promise<GoingRun> {
  const { folder } = lock;
  const logFile = join(folder, 'trainer.log');
  const log = await openOwn(logFile, { append: true });
  const own = ['trainer', folder, '--lock', lock.record.id, ...(watched ? ['--wait', '5000'] : [])];
  const child = spawn(process.execPath, [program, ...own, ...words], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  await log.close();
  let status: number | undefined;
  child.on('exit', (code) => {
    status = code ?? -1;
  });
  child.on('error', () => {
    status = -1;
  });
  child.unref();
  const deadline = systemClock.now() + patience;
  while (status === undefined && systemClock.now() < deadline) {
    const going = goingAt(folder);
    if (going?.lock.pid === child.pid && going?.lock.socket) return going;
    await systemClock.sleep(20);
  }
  const last = readPlain(logFile, longestLog).toString().trim().split('\n').at(-1) ?? '';
  if (status === refused) rmSync(logFile);
  throw new UserError({
    where: folder,
    what:
      status === undefined
        ? 'the trainer did not come up'
        : `the trainer stopped at once: ${last.replace(/^incline: /, '')}`,
    fix: status === refused ? undefined : `see ${logFile}`,
  });
}
