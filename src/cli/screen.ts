import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { type Complaint, UserError } from '../core/errors.ts';
import { connect } from '../runs/client.ts';
import type { Compared } from '../runs/compare/compared.ts';
import { type GoingRun, listGoingRuns, untilListening } from '../runs/index.ts';
import { launchTrainer } from '../runs/launch.ts';
import { peekSnapshot } from '../snapshots/store.ts';
import { pluginsOfRun } from '../trainer/files/run_folder.ts';
import type { LiveRun } from '../trainer/socket/live.ts';
import type { ShowRunOptions, ShowRunResult } from '../ui/show_run.tsx';
import { keepInput } from '../ui/terminal/early_input.ts';
import { type Preferences, wantsPlainText } from '../ui/terminal/terminal.ts';
import { exitCode } from './exit.ts';
import { readPreferences } from './preferences.ts';

const program = resolve(process.argv[1]!);

/** Starts the run of a folder in the background and watches it. */
export function watch(folder: string): Promise<number> {
  const run = basename(folder);
  return show(() => {
    process.stdout.write(`starting ${run} …\n`);
    return launchTrainer(program, folder, true);
  }, run);
}

/** Starts the run of a folder in the background and says how to get to it. */
export async function detach(folder: string): Promise<number> {
  const { run } = await launchTrainer(program, folder, false);
  process.stdout.write(`${run} is training in the background\n  npx incline attach ${run}\n`);
  return exitCode.done;
}

/** Watches a run that is going, or will be in a moment; with one run going no name is needed. @throws UserError when there is none or several */
export async function attach(name: string | undefined): Promise<number> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new UserError({ what: 'attach needs a terminal', fix: 'read the run folder instead: journal.jsonl' });
  }
  const { live, isStarting } = await findRun(name);
  if (isStarting) process.stdout.write(`${live.run} is starting …\n`);
  return show(() => untilListening(live), live.run);
}

/** How long a run that was started a moment ago may take to be known to be going, in milliseconds. */
const unknownFor = 1000;

/** The run of this name that is going, or the only one. @throws UserError when there is none or several */
async function findRun(name: string | undefined): Promise<GoingRun> {
  const deadline = systemClock.now() + unknownFor;
  for (;;) {
    const runs = await listGoingRuns();
    const matching = runs.filter(({ live }) => name === undefined || live.run === basename(name));
    if (matching.length === 1) return matching[0]!;
    if (matching.length === 0 && systemClock.now() < deadline) {
      await systemClock.sleep(100);
      continue;
    }
    const going = runs.map(({ live }) => live.run).join(', ');
    throw new UserError({
      what:
        name === undefined
          ? runs.length === 0
            ? 'no run is going'
            : 'several runs are going'
          : `no run "${name}" is going`,
      expected: going ? `one of ${going}` : undefined,
      fix: going ? undefined : 'start one with incline train',
    });
  }
}

/** @param refusal why what the screen was left for before could not be done */
async function show(find: () => Promise<LiveRun>, run: string, refusal?: string): Promise<number> {
  const { live, source, showRun, closingSummary } = await untilShown(run, async () => {
    // The screen's libraries load while the trainer starts.
    const [live, showRun, summary] = await Promise.all([find(), wayToShow(), import('../ui/closing_summary.ts')]);
    return { live, showRun, ...summary, source: await connect(live.socket, live.dir) };
  });
  const left = await showRun({ source, preferences: screenPreferences(), refusal });
  const { choice, state, fork, compare, held = [] } = left;
  const compared = compare && (await loadSnapshots(live.dir, compare));
  // Once the run is over nobody answers.
  const marked = state.phase === 'running' || state.phase === 'paused' ? held : [];
  for (const file of marked) await source.request({ type: 'mark', file, marked: false }).catch(() => undefined);
  source.close();
  if (compared) return show(async () => live, run, await compareSnapshots(compared));
  const folder = relative(process.cwd(), live.dir);
  for (const line of closingSummary(state, choice, folder, live.run, pluginsOfRun(live.dir)))
    process.stdout.write(`${line}\n`);
  return fork === undefined ? exitCode.done : forkFrom(live.dir, fork);
}

/** Meanwhile ctrl+c leaves the run, which goes on, and says how to come back to it; other keys are for the screen to come. */
async function untilShown<T>(run: string, prepare: () => Promise<T>): Promise<T> {
  const leave = (): never => {
    giveInput?.();
    process.stdout.write(`\n${run} is starting in the background\n  npx incline attach ${run}\n`);
    process.exit(exitCode.interrupted);
  };
  process.on('SIGINT', leave);
  const giveInput = hasFullScreen() ? keepInput(process.stdin, leave) : undefined;
  try {
    return await prepare();
  } finally {
    giveInput?.();
    process.off('SIGINT', leave);
  }
}

/** Whether there is a terminal on which a full screen can be drawn and is wanted. */
export function hasFullScreen(): boolean {
  return whyNoFullScreen() === undefined;
}

/** Why no full screen is drawn, and what to do about it; undefined where one is. */
export function whyNoFullScreen(): Required<Pick<Complaint, 'what' | 'fix'>> | undefined {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    return { what: 'there is no terminal', fix: 'read the run folder instead: journal.jsonl' };
  }
  const { screen } = readPreferences();
  if (!wantsPlainText(process.env, screen)) return undefined;
  return screen === 'plain'
    ? { what: 'the preference screen is plain', fix: 'npx incline config set screen full changes it' }
    : {
        what: `the environment asks for plain text (${process.env['TERM'] === 'dumb' ? 'TERM=dumb' : 'INK_SCREEN_READER'})`,
        fix: 'npx incline config set screen full draws one all the same',
      };
}

/** The full screen, or sentences where that is what the person or the terminal needs. */
async function wayToShow(): Promise<(options: ShowRunOptions) => Promise<ShowRunResult>> {
  return hasFullScreen()
    ? (await import('../ui/show_run.tsx')).showRun
    : (await import('../ui/plain/show_plain.ts')).showPlain;
}

/** Reads snapshots of one run; a text says why they cannot be put side by side. */
export async function loadSnapshots(folder: string, files: readonly string[]): Promise<Compared[] | string> {
  const gone = files.find((file) => !existsSync(join(folder, file)));
  if (gone !== undefined)
    return `${gone} is no longer there, newer snapshots have taken its place; pick another with c`;
  const { loadCompared } = await import('../runs/compare/load.ts');
  const paths = files.map((file) => join(folder, file));
  return loadCompared(paths, folder).catch((error: Error) => `cannot compare: ${error.message}`);
}

/** Puts snapshots side by side until that screen is left; @returns why not, where they could not be read */
export async function compareSnapshots(compared: readonly Compared[] | string): Promise<string | undefined> {
  if (typeof compared === 'string') return compared;
  const { showCompare } = await import('../ui/compare/show_compare.tsx');
  await showCompare(compared, screenPreferences());
  return undefined;
}

/** Starts a new run from a snapshot of another, paused, and watches it. */
export async function forkFrom(folder: string, { file, set }: NonNullable<ShowRunResult['fork']>): Promise<number> {
  return watch(await prepareFork(join(folder, file), set));
}

/** The folder of a run from a snapshot with some settings changed; from step 0 where what was learned does not fit them. */
export async function prepareFork(resume: string, set: readonly string[]): Promise<string> {
  const { prepareRun } = await import('./plan.ts');
  const { step, config } = (await peekSnapshot(resume, () => false)).header;
  const flags = { resume, dir: dirname(dirname(resume)), paused: true, set };
  // From the end of a run there is nothing left to do: as many steps again, then.
  const more = step < config.train.steps ? {} : { steps: 2 * step };
  try {
    return await prepareRun({ ...flags, ...more }, readPreferences(), true);
  } catch (error) {
    if (set.length === 0 || !(error instanceof UserError)) throw error;
    const folder = await prepareRun({ ...flags, settingsOnly: true }, readPreferences(), true);
    process.stdout.write(`  new run   ${set.join(' ')} from step 0: what was learned does not fit it\n`);
    return folder;
  }
}

/** How the person likes screens. */
export function screenPreferences(): Preferences {
  const { colour_map, directory: _, device: __, screen: ___, ...rest } = readPreferences();
  return { ...rest, ...(colour_map && { colourMap: colour_map }) };
}
