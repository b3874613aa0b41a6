import { relative } from 'node:path';
import { commandLine } from '../core/own_command.ts';

/** Where a snapshot stands in its run. */
interface Progress {
  readonly step: number;
  /** Steps that were planned. */
  readonly steps: number;
}

/**
 * The command that goes on from a snapshot, twice as far as planned where that was reached.
 * @param file the snapshot as a command typed here would name it
 * @param plugins files that the task and the model need
 */
export function resumeCommand(file: string, { step, steps }: Progress, plugins: readonly string[]): string {
  // Of a run of no steps, twice as far is no step further.
  const more = step < steps ? [] : ['--steps', String(2 * steps || 1000)];
  const needed = plugins.flatMap((plugin) => ['--plugin', relative('', plugin)]);
  return commandLine('train', '--resume', file, ...more, ...needed);
}
