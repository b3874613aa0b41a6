import { join, relative } from 'node:path';
import { thousands } from '../../core/format.ts';
import { commandLine } from '../../core/own_command.ts';
import { untilTold } from '../../core/signals.ts';
import { keepHeapSteady } from '../../core/steady_heap.ts';
import { reduceRun } from '../../runs/reduce.ts';
import { emptyRun, type RunState } from '../../runs/state.ts';
import { journalPath } from '../../store/run_folder.ts';
import type { LoopResult } from '../../trainer/contract/loop.ts';
import { type HostedRun, type HostOptions, hostRun } from '../../trainer/host.ts';
import { exitCode, leaveAtOnce } from '../output/exit.ts';
import { print, printJson, tell } from '../output/output.ts';
import { isClosed, sayOutputFailed } from '../output/output_failure.ts';
import { choiceMemory } from '../preferences/choice_memory.ts';
import { type PreparedRun, starting } from '../prepare/prepared.ts';
import { PlainProgress } from './progress.ts';

/**
 * Trains in this process with plain output. Signals (see `reactions`) and a closed standard output finish the step, save and
 * exit; a second signal exits at once. A standard output that cannot be written for another reason costs what is printed.
 * @returns the exit status
 * @throws Interrupted when told to end before training began
 */
export async function trainHere(prepared: PreparedRun, format: 'text' | 'json'): Promise<number> {
  const { folder, lock } = prepared;
  keepHeapSteady();
  const told = untilTold('headless', () => process.exit(exitCode.interrupted));
  // The process that started this one and keeps a channel to it is gone, however it ended.
  const orphaned = (): void => told.abort('the process that started it has ended');
  process.once('disconnect', orphaned);
  // While this was loaded; undefined where there never was a channel.
  if (process.connected === false) orphaned();
  // Waiting for that keeps nobody from ending.
  process.channel?.unref();
  let run: HostedRun | undefined;
  let canPrint = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isClosed(error)) return told.abort('standard output was closed');
    if (canPrint) void saveWhatCannotBePrinted(run, error, folder);
    canPrint = false;
  });
  const say = (...lines: readonly string[]): void => {
    if (canPrint) print(...lines);
  };
  let state: RunState = emptyRun;
  const progress = new PlainProgress(say);
  if (format === 'text') say('preparing the task and measuring the engine …');
  const options: HostOptions = {
    lock,
    onLost: leaveAtOnce,
    unattended: true,
    spareCore: false,
    told: told.signal,
    memory: choiceMemory,
    onEvents(events) {
      for (const event of events) {
        state = reduceRun(state, event);
        if (format === 'text') progress.event(event, state);
        else if (canPrint) printJson(event);
      }
    },
  };
  run = await starting(prepared, () => hostRun(folder, options));
  const result = await run.result;
  if (format === 'text') progress.summary(state, folder, result.ending);
  if (told.signal.aborted) tell(`incline: ${told.signal.reason}: ${outcome(result, state, folder)}`);
  else if (result.summary.snapshot === undefined) tell(`incline: ${outcome(result, state, folder)}`);
  if (result.ending === 'diverged') {
    tell(`incline: ${state.alerts.at(-1)?.message ?? 'the run diverged'}`);
    return exitCode.userError;
  }
  return told.signal.aborted ? exitCode.interrupted : exitCode.done;
}

function outcome({ ending, summary: { step, snapshot } }: LoopResult, state: RunState, folder: string): string {
  const where = `${ending} at step ${thousands(step)}`;
  const path = (file: string): string => join(relative('', folder), file);
  if (snapshot !== undefined) return `${where}, saved in ${path(snapshot)}`;
  const trouble = state.alerts.findLast(({ kind }) => kind === 'disk')?.message;
  const cause = trouble && /^cannot write: (.*?); everything/.exec(trouble)?.[1];
  const kept = state.snapshots.at(-1);
  const rest = kept
    ? `step ${thousands(kept.step)} is kept; make room and go on with: ${commandLine('train', '--resume', path(kept.file))}`
    : 'nothing of it is kept';
  return `${where}; the last state could not be saved${cause ? ` (${cause})` : ''}; ${rest}`;
}

/** What is printed is lost from here on, training is not: it goes on, from a saved state on. */
async function saveWhatCannotBePrinted(
  run: HostedRun | undefined,
  error: NodeJS.ErrnoException,
  folder: string,
): Promise<void> {
  const saved = await run?.request({ type: 'snapshot', why: 'automatic' });
  const kept = saved?.ok ? `step ${thousands(saved.step)} is saved and ` : '';
  const journal = journalPath(relative('', folder));
  sayOutputFailed(error, `${kept}training goes on; what it would print stands in ${journal}`);
}
