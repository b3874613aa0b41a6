import { realpathSync } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { UserError } from '../core/errors.ts';
import { thousands } from '../core/format.ts';
import { nearest } from '../presets/complaints.ts';
import { connect } from '../runs/client.ts';
import { listGoingRuns, untilListening } from '../runs/index.ts';
import { describeRun } from '../runs/library.ts';
import { resumeCommand } from '../runs/resume_command.ts';
import { pluginsOfRun } from '../trainer/files/run_folder.ts';
import type { LiveRun } from '../trainer/socket/live.ts';

/** How often to look whether a trainer is gone, in milliseconds. */
const interval = 50;

/**
 * Lets runs that are going stop and save, waits until they have ended, and says of each how to go on.
 * @param words names or folders of runs; none for the only one that is going
 * @throws UserError when one is not going, before any is stopped, or when a state cannot be saved
 */
export async function stop(words: readonly string[], all: boolean): Promise<void> {
  const going = (await listGoingRuns()).map(({ live }) => live);
  const chosen = new Set(words.map((word) => named(word, going)));
  if (words.length > 0 && all) throw new UserError({ what: 'both runs and --all were given', fix: 'leave one out' });
  if (words.length === 0) {
    if (going.length === 0) process.stdout.write('no run is going\n');
    if (going.length > 1 && !all) {
      throw new UserError({
        what: 'several runs are going',
        expected: `one or more of ${namesOf(going)}`,
        fix: 'or --all',
      });
    }
    for (const live of going) chosen.add(live);
  }
  const stopped = await Promise.allSettled(
    [...chosen].map(async (live) => {
      await stopAndSave(live);
      process.stdout.write(`${await howToGoOn(live)}\n`);
    }),
  );
  for (const one of stopped) if (one.status === 'rejected') throw one.reason;
}

/** The run of a name or a folder. @throws UserError when it is not going, or several of the name are */
function named(word: string, going: readonly LiveRun[]): LiveRun {
  const path = realPath(resolve(word));
  const inFolder = going.find(({ dir }) => dir === path);
  const matching = inFolder ? [inFolder] : going.filter(({ run }) => run === word);
  if (matching.length === 1) return matching[0]!;
  if (matching.length > 1) {
    throw new UserError({
      what: `several runs "${word}" are going`,
      expected: `one of the folders ${matching.map(({ dir }) => dir).join(', ')}`,
    });
  }
  throw new UserError({
    what: `no run "${word}" is going`,
    expected: going.length > 0 ? `one of ${namesOf(going)}` : undefined,
    fix:
      going.length > 0
        ? nearest(
            basename(word),
            going.map(({ run }) => run),
          ) || undefined
        : 'none is',
  });
}

function namesOf(going: readonly LiveRun[]): string {
  return going.map(({ run }) => run).join(', ');
}

/** The path without links; as it is where there is nothing. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Resolves once the run has ended, be it by itself. @throws UserError when its state cannot be saved */
async function stopAndSave(live: LiveRun): Promise<void> {
  try {
    await requestStop(live);
  } catch (error) {
    // It may have ended a moment before it was asked.
    if (await isGoing(live)) throw error;
  }
  while (await isGoing(live)) await systemClock.sleep(interval);
}

async function isGoing({ dir }: LiveRun): Promise<boolean> {
  return (await listGoingRuns()).some(({ live }) => live.dir === dir);
}

async function requestStop(live: LiveRun): Promise<void> {
  const trainer = await connect((await untilListening(live)).socket, live.dir);
  let gone = false;
  const closed = trainer.closed.then(() => {
    gone = true;
  });
  try {
    const { ok, error } = await trainer.request({ type: 'stop' });
    if (!ok) throw new UserError({ where: live.run, what: error ?? 'the trainer refuses to stop' });
    // It leaves us when everything is on disk.
    await closed;
  } catch (error) {
    if (error instanceof UserError) throw error;
    await systemClock.sleep(0);
    if (!gone) throw new UserError({ where: live.run, what: (error as Error).message, fix: 'try again' });
  } finally {
    trainer.close();
  }
}

async function howToGoOn({ run, dir }: LiveRun): Promise<string> {
  const { snapshots } = await describeRun(dir);
  const last = snapshots.findLast((one) => !one.superseded && 'header' in one);
  if (!last || !('header' in last)) return `${run}: stopped without a snapshot`;
  const { step, config } = last.header;
  const command = resumeCommand(relative('', last.path), { step, steps: config.train.steps }, pluginsOfRun(dir));
  return `${run}: stopped and saved at step ${thousands(step)}; go on with ${command}`;
}
