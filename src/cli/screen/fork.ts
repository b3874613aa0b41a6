import { dirname, join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { peekSnapshot } from '../../snapshots/store.ts';
import type { ShowRunResult } from '../../ui/run/show_run.tsx';
import { print } from '../output/output.ts';
import { readPreferences } from '../preferences/preferences.ts';
import type { PreparedRun } from '../prepare/prepared.ts';

/** A new run from a snapshot of another, or why there can be none: the file may have gone meanwhile. */
export async function forkOf(
  folder: string,
  { file, set }: NonNullable<ShowRunResult['fork']>,
): Promise<PreparedRun | UserError> {
  try {
    return await prepareFork(join(folder, file), set);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** A run from a snapshot with some settings changed; from step 0 where what was learned does not fit them. */
export async function prepareFork(resume: string, set: readonly string[]): Promise<PreparedRun> {
  const { prepareRun } = await import('../prepare/plan.ts');
  const { step, config } = (await peekSnapshot(resume, () => false)).header;
  const flags = { resume, dir: dirname(dirname(resume)), paused: true, set };
  // From the end of a run there is nothing left to do: as many steps again, then.
  const more = step < config.train.steps ? {} : { steps: 2 * step || 1000 };
  try {
    return await prepareRun({ ...flags, ...more }, readPreferences(), true);
  } catch (error) {
    if (set.length === 0 || !(error instanceof UserError)) throw error;
    const prepared = await prepareRun({ ...flags, settingsOnly: true }, readPreferences(), true);
    print(`  new run   ${set.join(' ')} from step 0: what was learned does not fit it`);
    return prepared;
  }
}
