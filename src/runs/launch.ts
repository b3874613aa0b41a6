import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { UserError } from '../core/errors.ts';
import { loadedPlugins } from '../trainer/plugins/plugins.ts';
import type { LiveRun } from '../trainer/socket/live.ts';
import { listLiveRuns } from './index.ts';

/** Longest wait for a trainer to open its socket, in milliseconds. */
const patience = 60_000;

/**
 * Starts the trainer of a run folder as a process of its own, which outlives this one.
 * @param program path of the program's entry file
 * @param watched a screen is about to connect: training waits for it a little, so that it misses nothing
 * @throws UserError with the trainer's last words when it does not come up
 */
export async function launchTrainer(program: string, folder: string, watched: boolean): Promise<LiveRun> {
  const logFile = join(folder, 'trainer.log');
  const log = openSync(logFile, 'a', 0o600);
  const plugins = loadedPlugins().flatMap(({ file }) => ['--plugin', file]);
  const words = ['trainer', folder, ...(watched ? ['--wait', '5000'] : []), ...plugins];
  const child = spawn(process.execPath, [program, ...words], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const dir = realpathSync(folder);
  let exited = false;
  child.on('exit', () => {
    exited = true;
  });
  child.on('error', () => {
    exited = true;
  });
  child.unref();
  const deadline = systemClock.now() + patience;
  while (!exited && systemClock.now() < deadline) {
    const live = (await listLiveRuns()).find((run) => run.dir === dir);
    if (live) return live;
    await systemClock.sleep(20);
  }
  const last = readFileSync(logFile, 'utf8').trim().split('\n').at(-1) ?? '';
  throw new UserError({
    where: folder,
    what: exited ? `the trainer stopped at once: ${last.replace(/^incline: /, '')}` : 'the trainer did not come up',
    fix: `see ${logFile}`,
  });
}
