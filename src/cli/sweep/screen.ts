import { basename, join } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { Interrupted, UserError } from '../../core/errors.ts';
import { commandLine } from '../../core/own_command.ts';
import { fateOf } from '../../core/process.ts';
import { joinRun } from '../../runs/join_run.ts';
import { goingAt } from '../../store/going.ts';
import { variedPaths } from '../../sweep/cells.ts';
import { type FollowedSweep, type Seen, SweepFollower } from '../../sweep/follow.ts';
import type { SweepRecord } from '../../sweep/record.ts';
import { resultsOf } from '../../sweep/results.ts';
import { callSlurm, SlurmRefused } from '../../sweep/slurm/client.ts';
import { followed, isAway } from '../../sweep/slurm/follow.ts';
import { isOver } from '../../sweep/state.ts';
import type { SweepChoice, SweepModel } from '../../ui/sweep/model.ts';
import { showSweep } from '../../ui/sweep/show_sweep.ts';
import { exitCode } from '../output/exit.ts';
import { note, print } from '../output/output.ts';
import { hasFullScreen, screenPreferences } from '../screen/full_screen.ts';
import { shareSweep } from '../screen/postcards.ts';
import { replay } from '../screen/replay.ts';
import { show } from '../screen/watch.ts';
import { ask } from './ask.ts';
import { designText, endedLine } from './progress.ts';
import { showSeeds } from './seeds_screen.ts';
import { resultsText } from './tables.ts';
import { tellFailures } from './train_cells.ts';

/** Shows a sweep, whoever trains it, until its screen is left; in plain lines where no full screen is drawn. */
export async function showSweepOf(folder: string): Promise<number> {
  const follower = new SweepFollower(folder, systemClock, fromSlurm(folder));
  if (!hasFullScreen()) return followInLines(folder, follower);
  const { cells } = follower.record;
  // Where they wait in a queue there is nothing to show of them but that.
  const isOne = variedPaths(follower.record).length === 0 && !isAway(follower.record);
  if (isOne) return showSeeds(folder, runsOf(cells), () => end(folder));
  let from: SweepModel | undefined;
  let notice = '';
  for (;;) {
    const { choice, model } = await showSweep({
      data: await follower.look(),
      look: () => follower.look(),
      ask: (wish) => ask(folder, wish),
      preferences: screenPreferences(),
      share: shareSweep(folder),
      notice,
      from,
    });
    if (choice.type !== 'open') return left(folder, choice, model.data);
    from = model;
    const { runs } = choice;
    notice = await refusalOf(() =>
      runs.length === 1 ? openRun(join(folder, runs[0]!)) : showSeeds(folder, runs, () => stopRuns(folder, runs)),
    );
  }
}

const runsOf = (cells: readonly { readonly run: string }[]): string[] => cells.map(({ run }) => run);

/** The screen of a run until it is left. */
async function openRun(folder: string): Promise<number> {
  const going = goingAt(folder);
  // A trainer on another host is out of reach; what it has written is not.
  if (!going || fateOf(going.lock) === 'elsewhere') return replay({ run: folder });
  return show({ run: basename(folder), folder }, (onWait) => joinRun(going, onWait));
}

/** Why something could not be shown; empty where it was. */
async function refusalOf(show: () => Promise<unknown>): Promise<string> {
  try {
    await show();
    return '';
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** Lets all runs of a sweep save and end, and waits for it. */
async function end(folder: string): Promise<void> {
  await ask(folder, { type: 'end' });
  while (goingAt(folder)) await systemClock.sleep(50);
}

/** Lets some runs of a sweep save and end, or not begin, and waits for it: the others go on. */
async function stopRuns(folder: string, runs: readonly string[]): Promise<void> {
  await ask(folder, { type: 'stop', runs: [...runs] });
  while (runs.some((run) => goingAt(join(folder, run)))) await systemClock.sleep(50);
}

/** Says how things stand once the screen is left. */
async function left(folder: string, choice: SweepChoice, { sweep, cells }: FollowedSweep): Promise<number> {
  const { name } = sweep;
  if (choice.type === 'stop') {
    print(`${name}: its runs are saved …`);
    await end(folder);
  }
  const over = cells.filter(({ state }) => isOver(state)).length;
  const done = cells.filter(({ state }) => state === 'done').length;
  const follower = new SweepFollower(folder, systemClock);
  const isWithSlurm = isAway(follower.record);
  const isGoing = isWithSlurm || goingAt(folder) !== undefined;
  const goes = `goes on ${isWithSlurm ? 'with Slurm' : 'in the background'}, ${over} of ${cells.length} runs are over`;
  const lines = isGoing
    ? [`  again     ${commandLine('attach', name)}`, `  stop      ${commandLine('stop', name)}`]
    : [];
  const table = isGoing || done === 0 ? [] : await tableText(follower.record, folder);
  print(
    `${name}: ${isGoing ? goes : `${done} of ${cells.length} runs are done`}`,
    ...table.map((line) => `  ${line}`),
    ...lines,
    `  results   ${commandLine('sweep', 'results', name)}`,
  );
  if (choice.type === 'interrupted') throw new Interrupted();
  return isGoing ? exitCode.done : tellFailures(follower.record);
}

/** Rows of a table that stays in the terminal, at most, and runs for which nobody waits. */
const longestTable = 24;
const mostRead = 200;

/** What the runs have come to; nothing where there is none yet, or more of it than is read here. */
async function tableText(sweep: SweepRecord, folder: string): Promise<string[]> {
  if (sweep.cells.length > mostRead) return [];
  const results = await resultsOf(sweep, folder, (message) => note(message));
  if (!results.some(({ outcome }) => outcome)) return [];
  const text = resultsText(sweep, results, {});
  return text.length <= longestTable ? text : [];
}

/** How often Slurm is asked, in milliseconds: its queue is everybody's. */
const slurmEvery = 10_000;

/** What Slurm says of the cells that it has; what it said last where it does not answer. */
function fromSlurm(folder: string): (sweep: SweepRecord) => Promise<Seen> {
  let known: { readonly from: SweepRecord; readonly seen: Seen; readonly at: number } | undefined;
  return async (from) => {
    if (!isAway(from)) return { sweep: from };
    const before = known?.from === from ? known : undefined;
    if (before && systemClock.now() < before.at + slurmEvery) return before.seen;
    const seen = await followed(from, folder, callSlurm).then(
      (sweep): Seen => ({ sweep }),
      (error: unknown): Seen => {
        if (!(error instanceof SlurmRefused)) throw error;
        return { sweep: before?.seen.sweep ?? from, trouble: error.message };
      },
    );
    known = { from, seen, at: systemClock.now() };
    return seen;
  };
}

/** How often to look for what is new, in milliseconds. */
const interval = 1000;

/** A line for every run that is over from now on, until none is trained any more. */
async function followInLines(folder: string, follower: SweepFollower): Promise<number> {
  let before = await follower.look();
  print(`sweep ${before.sweep.name} · ${designText(before.sweep, before.cells.length)}`);
  while (before.isGoing) {
    await systemClock.sleep(interval);
    const now = await follower.look();
    if (now.trouble !== undefined && now.trouble !== before.trouble)
      note(`states are those of the last look: ${now.trouble}`);
    for (const [i, cell] of now.sweep.cells.entries()) {
      const was = before.sweep.cells.find(({ run }) => run === cell.run)?.state;
      if (isOver(cell.state) && was !== now.cells[i]!.state)
        print(await endedLine(now.sweep, cell, folder, now.sweep.jobs ?? 1));
    }
    before = now;
  }
  return tellFailures(before.sweep);
}
