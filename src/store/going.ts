import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Clock, systemClock } from '../core/clock.ts';
import { fateOf } from '../core/process.ts';
import { holderOf, isHeld, type LockRecord } from './lock_record.ts';
import { readEntry, runtimeFolders, strikeOff } from './presence.ts';
import { isSweep, namesIn } from './sweep_folder.ts';

/** A run that is being trained now, or will be in a moment. */
export interface GoingRun {
  readonly run: string;
  /** The run's folder. */
  readonly dir: string;
  /** Whether it is a sweep, whose process trains other runs and listens to no socket. */
  readonly isSweep?: true;
  /** Who trains it, as its lock says. */
  readonly lock: LockRecord;
}

/** The runs, and sweeps, of a folder of runs that are going, as their locks tell, oldest first. */
export async function goingIn(directory: string, clock: Clock = systemClock): Promise<GoingRun[]> {
  return inOrder(
    namesIn(directory).flatMap((run) => {
      const going = goingAt(join(directory, run), clock);
      return going ? [{ ...going, run }] : [];
    }),
  );
}

/** The run of a folder if it is going. */
export function goingAt(dir: string, clock: Clock = systemClock): GoingRun | undefined {
  const lock = holderOf(dir, clock);
  return lock && { run: basename(dir), dir, lock, ...(isSweep(dir) && { isSweep: true }) };
}

/** The user's runs on this machine that are going, wherever they are kept, as far as the index knows; oldest first. */
export async function goingAnywhere(clock: Clock = systemClock): Promise<GoingRun[]> {
  const going = new Map<string, GoingRun>();
  for (const folder of await runtimeFolders()) {
    const entries = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'));
    for (const name of entries) {
      const entry = await readEntry(join(folder, name));
      if (!entry) continue;
      const { run, dir, ...lock } = entry;
      const found = goingAt(dir, clock);
      // Sweeps are known by their runs.
      const above = isSweep(dirname(dir)) ? goingAt(dirname(dir), clock) : undefined;
      if (above) going.set(above.dir, above);
      if (found) going.set(dir, found);
      // Its folder may have been moved meanwhile.
      else if (isHeld(lock, clock)) going.set(dir, { run, dir, lock });
      else if (fateOf(lock) === 'gone') await strikeOff(join(folder, name));
    }
  }
  return inOrder([...going.values()]);
}

/** The runs of a folder of runs that are going, then all others that are. */
export async function goingFrom(directory: string): Promise<GoingRun[]> {
  const near = await goingIn(directory);
  const known = new Set(near.map(({ lock }) => lock.id));
  return [...near, ...(await goingAnywhere()).filter(({ lock }) => !known.has(lock.id))];
}

/** Without the runs of sweeps that are going, here or `away` on a cluster: they begin and end with them. */
export function withoutCells(
  going: readonly GoingRun[],
  away: readonly Pick<GoingRun, 'dir'>[] = [],
): readonly GoingRun[] {
  const sweeps = new Set([...going.filter(({ isSweep }) => isSweep), ...away].map(({ dir }) => dir));
  return going.filter(({ dir }) => !sweeps.has(dirname(dir)));
}

function inOrder(going: readonly GoingRun[]): GoingRun[] {
  return [...going].sort((a, b) => (a.lock.started < b.lock.started ? -1 : 1));
}
