import type { RunEvent } from '../protocol/events.ts';
import { emptyRun, type RunState, reduceRun } from '../runs/state.ts';
import { hostRun } from '../trainer/host.ts';
import { choiceMemory } from './choice_memory.ts';
import { exitCode } from './exit.ts';
import { PlainProgress } from './progress.ts';
import { keepHeapSteady } from './steady_heap.ts';

/**
 * Trains in this process with plain output. SIGINT, SIGTERM, SIGHUP and a closed stdout finish the step, save and exit;
 * a second signal exits at once.
 * @returns the exit status
 */
export async function trainHere(folder: string, format: 'text' | 'json'): Promise<number> {
  keepHeapSteady();
  let state: RunState = emptyRun;
  const progress = new PlainProgress((line) => process.stdout.write(`${line}\n`));
  const show =
    format === 'json' ? (event: RunEvent) => void process.stdout.write(`${JSON.stringify(event)}\n`) : undefined;
  if (format === 'text') process.stdout.write('preparing the task and measuring the engine …\n');
  const run = await hostRun(folder, {
    unattended: true,
    spareCore: false,
    memory: choiceMemory,
    onEvents(events) {
      for (const event of events) {
        state = reduceRun(state, event);
        if (show) show(event);
        else progress.event(event, state);
      }
    },
  });

  let interrupted = false;
  const stop = (): void => {
    if (interrupted) process.exit(exitCode.interrupted);
    interrupted = true;
    void run.request({ type: 'stop' });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.stderr.write(`incline: stdout: ${error.message}\n`);
    if (!interrupted) stop();
  });

  const { ending, summary } = await run.result;
  if (format === 'text') progress.summary(state, folder, ending);
  if (summary.snapshot === undefined) process.stderr.write('incline: the last state could not be saved\n');
  if (ending === 'diverged') {
    process.stderr.write(`incline: ${state.alerts.at(-1)?.message ?? 'the run diverged'}\n`);
    return exitCode.userError;
  }
  return interrupted ? exitCode.interrupted : exitCode.done;
}
