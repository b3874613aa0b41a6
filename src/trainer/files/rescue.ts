import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import type { Captured } from '../contract.ts';

/** How a run on a device ended, and what is left of it. */
export interface Failure {
  readonly error: UserError;
  /** File name of the snapshot that was saved. */
  readonly snapshot?: string;
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
): Promise<Failure> {
  const what = `the device stopped computing after step ${step}: ${cause.message.split('\n')[0]}`;
  if (!copy) return { error: new UserError({ where: device, what, fix: 'try again, or with --device cpu' }) };
  try {
    const snapshot = await save(copy);
    const fix = `the state of step ${copy.step} is saved; go on with: incline train --resume ${join(folder, snapshot)}`;
    return { error: new UserError({ where: device, what, fix }), snapshot };
  } catch (error) {
    const fix = `the state of step ${copy.step} could not be saved either: ${(error as Error).message}`;
    return { error: new UserError({ where: device, what, fix }) };
  }
}
