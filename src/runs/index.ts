import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../core/clock.ts';
import { UserError } from '../core/errors.ts';
import { type LiveRun, liveness, readLiveRun, runtimeFolders, unregisterRun } from '../trainer/socket/live.ts';

/** A run in the index, whose trainer listens or is about to. */
export interface GoingRun {
  readonly live: LiveRun;
  readonly isStarting: boolean;
}

/** How often to look whether a trainer listens, in milliseconds. */
const interval = 20;

/** The user's runs whose trainers listen, oldest first. */
export async function listLiveRuns(clock: Clock = systemClock): Promise<LiveRun[]> {
  return (await listGoingRuns(clock)).flatMap(({ live, isStarting }) => (isStarting ? [] : live));
}

/** The user's runs that are being trained now, or will be in a moment, oldest first. Entries whose trainer is gone are removed. */
export async function listGoingRuns(clock: Clock = systemClock): Promise<GoingRun[]> {
  const going: GoingRun[] = [];
  for (const folder of await runtimeFolders()) {
    const entries = (await readdir(folder)).filter((name) => name.endsWith('.json'));
    for (const name of entries) {
      const live = await readLiveRun(join(folder, name));
      if (!live) continue;
      const state = await liveness(live, clock);
      if (state === 'gone') await unregisterRun(live);
      else going.push({ live, isStarting: state === 'starting' });
    }
  }
  return going.sort((a, b) => (a.live.started < b.live.started ? -1 : 1));
}

/** The run once its trainer listens. @throws UserError when it ends before */
export async function untilListening(live: LiveRun, clock: Clock = systemClock): Promise<LiveRun> {
  for (;;) {
    const state = await liveness(live, clock);
    if (state === 'listening') return live;
    if (state === 'gone') {
      throw new UserError({
        where: live.dir,
        what: 'the trainer stopped while it started',
        fix: 'see trainer.log there',
      });
    }
    await clock.sleep(interval);
  }
}
