import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { commandLine } from '../../core/own_command.ts';
import { loadedPlugins } from '../../store/plugin_records.ts';
import type { Captured } from '../contract/session.ts';
import { PluginFault } from '../plugins/fault.ts';

/** How a run ended that failed, and what is left of it. */
export interface EndOfRun {
  readonly error: Error;
  /** File name of the snapshot that was saved. */
  readonly snapshot?: string;
}

/** How a run ends whose task, model or settings fail, with its last snapshot. */
export function ended(cause: Error, folder: string, step: number, snapshot: string | undefined): EndOfRun {
  if (!(cause instanceof UserError) || snapshot === undefined) return { error: cause };
  const { fix, ...complaint } = cause.complaint;
  const plugins = loadedPlugins().flatMap(({ file }) => ['--plugin', file]);
  // Mended, it is no longer what the run was made with.
  const mended = cause instanceof PluginFault ? ['--plugin-changed'] : [];
  const command = commandLine('train', '--resume', join(folder, snapshot), ...plugins, ...mended);
  const saved = `step ${step} is saved; go on with: ${command}`;
  return { error: new UserError({ ...complaint, fix: fix ? `${fix}; ${saved}` : saved }), snapshot };
}

/**
 * Saves the last copy that main memory has of a run whose device gave up: a reset, a driver's crash, too little memory.
 * @param save writes a state and returns its file
 */
export async function rescue(
  cause: Error,
  device: string,
  folder: string,
  step: number,
  copy: Captured | undefined,
  save: (copy: Captured) => Promise<string>,
): Promise<EndOfRun> {
  const what = `the device stopped computing after step ${step}: ${cause.message.split('\n')[0]}`;
  if (!copy) return { error: new UserError({ where: device, what, fix: 'try again, or with --device cpu' }) };
  try {
    const snapshot = await save(copy);
    const command = commandLine('train', '--resume', join(folder, snapshot));
    const fix = `the state of step ${copy.step} is saved; go on with: ${command}`;
    return { error: new UserError({ where: device, what, fix }), snapshot };
  } catch (error) {
    const fix = `the state of step ${copy.step} could not be saved either: ${(error as Error).message}`;
    return { error: new UserError({ where: device, what, fix }) };
  }
}
