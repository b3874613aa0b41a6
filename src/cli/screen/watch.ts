import { basename, join, relative } from 'node:path';
import { Interrupted, UserError } from '../../core/errors.ts';
import { commandLine } from '../../core/own_command.ts';
import { onSignals } from '../../core/signals.ts';
import { joinRun } from '../../runs/join_run.ts';
import { LateSource } from '../../runs/late_source.ts';
import { launchTrainer } from '../../runs/launch.ts';
import type { RunSource } from '../../runs/source.ts';
import type { GoingRun } from '../../store/going.ts';
import { pluginsOfRun } from '../../store/run_folder.ts';
import type { ShowRunOptions, ShowRunResult } from '../../ui/run/show_run.tsx';
import { keepInput } from '../../ui/terminal/early_input.ts';
import { dieOfHangup } from '../../ui/terminal/hangup.ts';
import { exitCode } from '../output/exit.ts';
import { print } from '../output/output.ts';
import { ownProgram, pluginWords } from '../prepare/own_program.ts';
import { type PreparedRun, starting } from '../prepare/prepared.ts';
import { compareSnapshots, loadSnapshots } from './compare_snapshots.ts';
import { forkOf } from './fork.ts';
import { hasFullScreen, screenPreferences, wayToShow } from './full_screen.ts';
import { shareRun } from './postcards.ts';

/** Starts a run in the background and watches it. */
export function watch(prepared: PreparedRun): Promise<number> {
  const { folder, coming } = prepared;
  const run = basename(folder);
  print(`starting ${run} …`);
  let live: Promise<GoingRun> | undefined;
  return show({ run, folder, coming }, async (onWait) => {
    live ??= starting(prepared, () => launchTrainer(ownProgram, prepared.lock, pluginWords(), true));
    return joinRun(await live, onWait);
  });
}

/** Starts a run in the background and says how to get to it. */
export async function detach(prepared: PreparedRun): Promise<number> {
  const { run } = await starting(prepared, () => launchTrainer(ownProgram, prepared.lock, pluginWords(), false));
  print(`${run} is training in the background`, `  ${commandLine('attach', run)}`);
  return exitCode.done;
}

interface Place extends Pick<ShowRunOptions, 'coming'> {
  readonly run: string;
  readonly folder: string;
}

/**
 * Shows a run until its screen is left.
 * @param join gets it once its trainer listens, each time anew
 * @param refusal why what the screen was left for before could not be done
 */
export async function show(
  { run, folder: dir, coming }: Place,
  join: (onWait: (message: string) => void) => Promise<RunSource>,
  refusal?: string,
): Promise<number> {
  const source = new LateSource(join);
  // The screen's libraries load while the trainer starts.
  const { showRun, closingSummary } = await untilShown(run, async () => ({
    showRun: await wayToShow(),
    ...(await import('../../ui/run/closing_summary.ts')),
  }));
  const preferences = screenPreferences();
  const left = await showRun({ source, coming, preferences, refusal, share: shareRun(dir) }).catch((error: unknown) => {
    source.close();
    throw error;
  });
  const further = await carryOut(left, dir, source);
  if ('back' in further) return show({ run, folder: dir }, join, further.back);
  const folder = relative(process.cwd(), dir);
  print(...closingSummary(left.state, left.choice, folder, run, pluginsOfRun(dir)));
  if (left.interrupted) throw new Interrupted();
  return further.forked === undefined ? exitCode.done : watch(further.forked);
}

/**
 * Does what the screen of a run was left for, and closes its source.
 * @param dir folder of the run that the panels showed
 * @returns the run that was forked, or that the screen is to be shown again, and why what was asked for cannot be done
 */
export async function carryOut(
  { state, fork, compare, held = [] }: ShowRunResult,
  dir: string,
  source: RunSource,
): Promise<{ readonly forked?: PreparedRun | undefined } | { readonly back: string | undefined }> {
  const compared = compare && (await loadSnapshots(dir, compare));
  const forked = fork && (await forkOf(dir, fork));
  // Once the run is over nobody answers.
  const isGoing = state.phase === 'running' || state.phase === 'paused';
  const marked = isGoing ? held : [];
  for (const file of marked) await source.request({ type: 'mark', file, marked: false }).catch(() => undefined);
  source.close();
  if (compare && compared) {
    const words = compare.map((file) => join(dir, file));
    return { back: await compareSnapshots(compared, words) };
  }
  if (!(forked instanceof UserError)) return { forked };
  if (!isGoing) throw forked;
  return { back: `no fork: ${forked.message}` };
}

/** Meanwhile ctrl+c leaves the run, which goes on, and says how to come back to it; other keys are for the screen to come. */
async function untilShown<T>(run: string, prepare: () => Promise<T>): Promise<T> {
  const leave = (): never => {
    ignoreSignals();
    giveInput?.();
    print('', `${run} is starting in the background`, `  ${commandLine('attach', run)}`);
    process.exit(exitCode.interrupted);
  };
  let giveInput: (() => void) | undefined;
  const vanish = (): void => {
    giveInput?.();
    dieOfHangup();
  };
  const ignoreSignals = onSignals('screen', (meaning) => (meaning === 'vanish' ? vanish() : leave()));
  if (hasFullScreen()) giveInput = keepInput(process.stdin, leave, vanish);
  try {
    return await prepare();
  } finally {
    giveInput?.();
    ignoreSignals();
  }
}
