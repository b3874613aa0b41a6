import { realpathSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';
import { thousands } from '../../core/format.ts';
import { nearest } from '../../core/nearest.ts';
import { requireOwnFile, requireOwnFolder } from '../../core/plain_files.ts';
import { commandOf, fateOf } from '../../core/process.ts';
import { overRefusals } from '../../protocol/frames.ts';
import { joinRun } from '../../runs/join_run.ts';
import { resumeCommand } from '../../runs/resume_command.ts';
import { failureOf } from '../../store/catalogue.ts';
import { type GoingRun, goingAt, goingFrom, withoutCells } from '../../store/going.ts';
import { describeRun } from '../../store/library.ts';
import { holderText, lockPath } from '../../store/lock_record.ts';
import { pluginsOfRun } from '../../store/run_folder.ts';
import { isSweep } from '../../store/sweep_folder.ts';
import { confirm } from '../output/confirm.ts';
import { isInteractive, print, tell } from '../output/output.ts';
import { shown } from '../output/paths.ts';
import { finishedRun } from '../snapshots/finished_run.ts';
import { type AwaySweep, awayAt, cancel, sweepsAway } from './cancel.ts';

export interface StopFlags {
  /** Folder of runs whose runs are meant. */
  readonly directory: string;
  readonly all: boolean;
  /** Runs of other folders are meant too. */
  readonly everywhere: boolean;
  /** Do not ask. */
  readonly yes: boolean;
}

/** How often to look whether a trainer is gone, in milliseconds. */
const interval = 50;
/** How long a trainer that has left its clients may take to write and end, in milliseconds. */
const longestEnd = 30_000;

/**
 * Lets runs that are going stop and save, waits until they have ended, and says of each how to go on.
 * @param words names or folders of runs; none for the only one that is going
 * @throws UserError when one is not going, before any is stopped, or when a state cannot be saved
 */
export async function stop(words: readonly string[], flags: StopFlags): Promise<void> {
  const { directory, all, everywhere } = flags;
  if (words.length > 0 && all) throw new UserError({ what: 'both runs and --all were given', fix: 'leave one out' });
  const known = await goingFrom(directory);
  const here = realPath(directory);
  const isHere = (dir: string): boolean =>
    dirname(dir) === here || (isSweep(dirname(dir)) && dirname(dirname(dir)) === here);
  // Of a run without a lock, such as one whose lock was removed by hand, the index says where it is.
  const going = everywhere ? known : known.filter(({ dir }) => isHere(realPath(dir)));
  const away = sweepsAway(directory);
  if (words.length === 0 && going.length === 0 && away.length === 0) {
    const place = everywhere ? '' : ` in ${shown(directory)}`;
    print(`no run is going${place}`);
    return;
  }
  const named = words.map((word) => awayMeant(word, away) ?? meant(word, going, known, flags));
  const chosen =
    words.length > 0
      ? [...new Map(named.map((one) => [one.lock?.id ?? one.dir, one])).values()]
      : [...withoutCells(going, away), ...away];
  if (words.length === 0) {
    if (chosen.length > 1 && !all) {
      const expected = `one or more of ${namesOf(chosen)}`;
      throw new UserError({ what: 'several runs are active', expected, fix: 'or --all' });
    }
    if (!(await agreed(chosen, flags))) return;
  }
  const stopped = await Promise.allSettled(
    chosen.map(async (one) => print(one.lock ? await howToGoOn(one, await stopAndSave(one)) : await cancel(one))),
  );
  for (const one of stopped) if (one.status === 'rejected') throw one.reason;
}

/** The sweep on a cluster of a name or a folder. */
function awayMeant(word: string, away: readonly AwaySweep[]): AwaySweep | undefined {
  return awayAt(realPath(resolve(word)), basename(word)) ?? away.find(({ run }) => run === word);
}

/**
 * Whether the runs that were not named are to be stopped: asked on a terminal. Without one, those of a folder are what
 * the command says; those of all folders may be anybody's of this account, so that --yes is needed.
 */
async function agreed(
  runs: readonly Pick<GoingRun, 'run' | 'dir'>[],
  { everywhere, yes }: StopFlags,
): Promise<boolean> {
  if (yes) return true;
  const list = runs.map(({ run, dir }) => `${run} (${shown(dirname(dir))})`).join(', ');
  if (isInteractive()) {
    if (await confirm(`stop ${list}`)) return true;
    print('nothing stopped');
    return false;
  }
  if (!everywhere) return true;
  throw new UserError({ what: `would stop ${list}`, fix: 'add --yes to do so without asking' });
}

/** The run of a name or a folder. @throws UserError when it is not going, or several of the name are */
function meant(
  word: string,
  going: readonly GoingRun[],
  known: readonly GoingRun[],
  { directory, everywhere }: StopFlags,
): GoingRun {
  const inFolder = goingAt(realPath(resolve(word)));
  const matching = inFolder ? [inFolder] : going.filter(({ run }) => run === word || basename(run) === word);
  if (matching.length === 1) return matching[0]!;
  if (matching.length > 1) {
    throw new UserError({
      what: `several runs "${word}" are going`,
      expected: `one of the folders ${matching.map(({ dir }) => dir).join(', ')}`,
    });
  }
  const elsewhere = known.find(({ run }) => run === word);
  const over = finishedRun(word, directory);
  if (!elsewhere && over) throw new UserError({ what: `run "${word}" is not going`, fix: over.fix });
  throw new UserError({
    what: `no run "${word}" is going${everywhere ? '' : ` in ${shown(directory)}`}`,
    expected: going.length > 0 ? `one of ${namesOf(going)}` : undefined,
    fix: elsewhere
      ? `there is one in ${dirname(elsewhere.dir)}: --everywhere looks there too`
      : nearest(
          basename(word),
          going.map(({ run }) => run),
        ) || undefined,
  });
}

function namesOf(going: readonly Pick<GoingRun, 'run'>[]): string {
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

/** Resolves once the run has ended, be it by itself. @returns the step that it stopped at, where it was asked to; @throws UserError when its state cannot be saved */
async function stopAndSave(going: GoingRun): Promise<number | undefined> {
  let step: number | undefined;
  try {
    if (going.isSweep) tellToEnd(going);
    else step = await requestStop(going);
  } catch (error) {
    // It may have ended a moment before it was asked, or end now: its lock goes last.
    const isKnown = error instanceof UserError;
    if (await endsSoon(going, isKnown ? 0 : longestEnd)) return undefined;
    if (isKnown) throw error;
    const what = `process ${going.lock.pid} has left its clients, but does not end`;
    throw new UserError({ where: going.run, what, fix: 'try again' });
  }
  while (isGoing(going)) await systemClock.sleep(interval);
  return step;
}

async function endsSoon(going: GoingRun, milliseconds: number): Promise<boolean> {
  const until = systemClock.now() + milliseconds;
  while (isGoing(going)) {
    if (systemClock.now() >= until) return false;
    await systemClock.sleep(interval);
  }
  return true;
}

/** Whether the very trainer that was going, or was about to, goes on. */
function isGoing({ dir, lock }: GoingRun): boolean {
  const now = goingAt(dir)?.lock;
  return now !== undefined && (now.id === lock.id || lock.socket === undefined);
}

/** The process of a sweep listens to signals only; its runs save and end with it. */
function tellToEnd({ run, dir, lock }: GoingRun): void {
  // What its lock names would be sent a signal: of a folder of others it may be any process.
  requireOwnFolder(dir);
  requireOwnFile(lockPath(dir));
  if (fateOf(lock) === 'elsewhere') {
    throw new UserError({ where: run, what: `is being run by ${holderText(lock)}`, fix: `do this on ${lock.host}` });
  }
  if (!/ sweep(er)? /.test(commandOf(lock.pid))) {
    throw new UserError({ where: lockPath(dir), what: `process ${lock.pid} is no sweep`, fix: 'remove the lock' });
  }
  process.kill(lock.pid, 'SIGTERM');
}

async function requestStop(going: GoingRun): Promise<number | undefined> {
  const { run } = going;
  const trainer = await joinRun(going, tell);
  let gone = false;
  const closed = trainer.closed.then(() => {
    gone = true;
  });
  try {
    const { ok, error, step } = await trainer.request({ type: 'stop' });
    const isOver = Object.values<string | undefined>(overRefusals).includes(error);
    if (!ok && !isOver) throw new UserError({ where: run, what: error ?? 'the trainer refuses to stop' });
    // It leaves us when everything is on disk.
    await closed;
    return ok ? step : undefined;
  } catch (error) {
    if (error instanceof UserError) throw error;
    await systemClock.sleep(0);
    // Where the trainer has gone, that is for who waits for its end.
    if (!gone) throw new UserError({ where: run, what: (error as Error).message, fix: 'try again' });
    throw error;
  } finally {
    trainer.close();
  }
}

async function howToGoOn({ run, dir, isSweep }: GoingRun, reached: number | undefined): Promise<string> {
  if (isSweep) return `${run}: stopped, its runs are saved; the command that started it goes on`;
  const failure = await failureOf(dir);
  if (failure !== undefined) return `${run}: ${failure}`;
  const { snapshots } = await describeRun(dir);
  const last = snapshots.findLast((one) => !one.superseded && 'header' in one);
  if (!last || !('header' in last)) return `${run}: stopped without a snapshot`;
  const { step, config } = last.header;
  const command = resumeCommand(shown(last.path), { step, steps: config.train.steps }, pluginsOfRun(dir));
  if (reached === undefined || reached === step) {
    return `${run}: stopped and saved at step ${thousands(step)}; go on with ${command}`;
  }
  const lost = `stopped at step ${thousands(reached)}, which is not saved`;
  return `${run}: ${lost}; the last snapshot is of step ${thousands(step)}; go on from it with ${command}`;
}
