import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { resolveConfig } from '../presets/resolve.ts';
import { controls } from '../protocol/controls.ts';
import { readRunRecord, recordPath } from '../store/run_folder.ts';
import { isSame, type Values, valueText } from './cells.ts';
import { fixedSettings } from './extend.ts';
import { cellConfig, hasKeptPreset } from './kept_preset.ts';
import type { Cell, SweepRecord } from './record.ts';

/** What people may change in a run while it is trained, and what it then goes on with. */
const steered = controls.filter(({ effect }) => effect !== 'new run').flatMap(({ paths }) => paths);

/**
 * Why what stands in the folder of a cell is not its run: somebody trained another one there under its name.
 * @param folder of the sweep
 * @returns undefined where it is, or where nothing stands yet
 */
export function strangerIn(
  folder: string,
  sweep: SweepRecord,
  cell: Pick<Cell, 'run' | 'settings' | 'seed'>,
): string | undefined {
  const own = join(folder, cell.run);
  if (!existsSync(recordPath(own))) return undefined;
  try {
    const { config, seed } = readRunRecord(own);
    // With what a later version of the program has settings for.
    const there: Values = { ...fixedSettings({ ...resolveConfig(config, recordPath(own)).config }), seed };
    // Of a sweep of an earlier version nobody can say what was not varied.
    const whole = hasKeptPreset(folder) ? fixedSettings({ ...cellConfig(folder, sweep, cell) }) : cell.settings;
    const wanted: Values = { ...whole, seed: cell.seed };
    const isTold = (one: string): boolean => one in there && (one in cell.settings || !steered.includes(one));
    const path = Object.keys(wanted).find(
      (one) => isTold(one) && !isSame({ value: there[one] }, { value: wanted[one] }),
    );
    if (path === undefined) return undefined;
    const [is, instead] = [there, wanted].map((values) => valueText(values[path] ?? null));
    return `another run stands in its folder, of ${path} ${is} instead of ${instead}; rename or remove it`;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message;
  }
}
