import { systemClock } from '../../core/clock.ts';
import { untilTold } from '../../core/signals.ts';
import { keepHeapSteady } from '../../core/steady_heap.ts';
import { RunLock } from '../../store/run_lock.ts';
import { holdStrayFaults } from '../../trainer/plugins/fault.ts';
import { exitCode, leaveAtOnce } from '../output/exit.ts';

interface ServeOptions {
  /** Lock of the process that started this one, to take over. */
  readonly after: string | undefined;
  /** How long to wait for a screen before training, in milliseconds. */
  readonly clientWait: number;
}

/** Trains the run of a folder on behalf of screens until it ends; @returns the exit status */
export async function serve(folder: string, { after, clientWait }: ServeOptions): Promise<number> {
  keepHeapSteady();
  holdStrayFaults();
  const told = untilTold('trainer', () => process.exit(exitCode.interrupted));
  const { readRunRecord, recordPath, requirePluginsOfFolder } = await import('../../store/run_folder.ts');
  const { resolveConfig } = await import('../../presets/resolve.ts');
  // What `train` wrote there may have been edited since.
  requirePluginsOfFolder(folder);
  resolveConfig(readRunRecord(folder).config, recordPath(folder));
  const lock = await RunLock.acquire(folder, { clock: systemClock, after });
  const { hostRun } = await import('../../trainer/host.ts');
  const { choiceMemory } = await import('../preferences/choice_memory.ts');
  const run = await hostRun(folder, {
    lock,
    onLost: leaveAtOnce,
    unattended: false,
    spareCore: true,
    clientWait,
    told: told.signal,
    memory: choiceMemory,
  });
  await run.result;
  return told.signal.aborted ? exitCode.interrupted : exitCode.done;
}
