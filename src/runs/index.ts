import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../core/clock.ts';
import { type LiveRun, liveness, readLiveRun, runtimeFolders, unregisterRun } from '../trainer/socket/live.ts';

/** The user's runs that are being trained now, oldest first. Entries whose trainer is gone are removed. */
export async function listLiveRuns(clock: Clock = systemClock): Promise<LiveRun[]> {
  const listening: LiveRun[] = [];
  for (const folder of await runtimeFolders()) {
    const entries = (await readdir(folder)).filter((name) => name.endsWith('.json'));
    for (const name of entries) {
      const live = await readLiveRun(join(folder, name));
      if (!live) continue;
      const state = await liveness(live, clock);
      if (state === 'listening') listening.push(live);
      if (state === 'gone') await unregisterRun(live);
    }
  }
  return listening.sort((a, b) => (a.started < b.started ? -1 : 1));
}
