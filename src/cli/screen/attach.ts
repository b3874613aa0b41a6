import { basename, join, resolve } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';
import { joinRun } from '../../runs/join_run.ts';
import { type GoingRun, goingAt, goingFrom, goingIn, withoutCells } from '../../store/going.ts';
import { isSweep } from '../../store/sweep_folder.ts';
import { isInteractive, print } from '../output/output.ts';
import { finishedRun } from '../snapshots/finished_run.ts';
import { show } from './watch.ts';

/**
 * Watches a run that is going, or will be in a moment, or a sweep; with one going no name is needed.
 * @param showSweep shows the sweep of a folder
 * @throws UserError when there is none or several
 */
export async function attach(
  name: string | undefined,
  directory: string,
  showSweep: (folder: string) => Promise<number>,
): Promise<number> {
  if (!isInteractive()) {
    throw new UserError({ what: 'attach needs a terminal', fix: 'read the run folder instead: journal.jsonl' });
  }
  // That of a sweep which is over has something to show as well.
  const folder = name === undefined ? undefined : sweepNamed(name, directory);
  if (folder !== undefined) return showSweep(folder);
  const going = await findRun(name, directory);
  if (going.isSweep) return showSweep(going.dir);
  if (going.lock.socket === undefined) print(`${going.run} is starting …`);
  return show({ run: going.run, folder: going.dir }, (onWait) => joinRun(going, onWait));
}

function sweepNamed(name: string, directory: string): string | undefined {
  return [resolve(name), join(directory, name)].find(isSweep);
}

/** How long a run that was started a moment ago may take to be known to be going, in milliseconds. */
const unknownFor = 1000;

/** The run of this name or folder that is going, or the only one; first of the directory, then elsewhere. @throws UserError when there is none or several */
async function findRun(name: string | undefined, directory: string): Promise<GoingRun> {
  const deadline = systemClock.now() + unknownFor;
  for (;;) {
    // Without a name a sweep is meant rather than one of its runs.
    const meant = name === undefined ? withoutCells : (going: readonly GoingRun[]) => going;
    const near = meant(await goingIn(directory));
    const runs = meant(await goingFrom(directory));
    const isMeant = ({ run }: GoingRun): boolean => name === undefined || run === name || basename(run) === name;
    // A folder is no name: another run may have the same, and the index may not know it, as with another TMPDIR.
    const inFolder = name === undefined ? undefined : goingAt(resolve(name));
    const matching = inFolder ? [inFolder] : near.some(isMeant) ? near.filter(isMeant) : runs.filter(isMeant);
    if (matching.length === 1) return matching[0]!;
    if (matching.length === 0 && systemClock.now() < deadline) {
      await systemClock.sleep(100);
      continue;
    }
    if (name !== undefined && matching.length > 1) {
      const folders = matching.map(({ dir }) => dir).join(', ');
      throw new UserError({ what: `several runs "${name}" are going`, expected: `one of the folders ${folders}` });
    }
    const over = name === undefined ? undefined : finishedRun(name, directory);
    if (over) throw new UserError({ what: `run "${name}" is not going`, fix: over.fix });
    const going = withoutCells(runs)
      .map(({ run }) => run)
      .join(', ');
    throw new UserError({
      what:
        name === undefined
          ? runs.length === 0
            ? 'no run is going'
            : 'several runs are active'
          : `no run "${name}" is going`,
      expected: going ? `one of ${going}` : undefined,
      fix: going ? undefined : 'start one with incline train',
    });
  }
}
