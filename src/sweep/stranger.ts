import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { leaves } from '../presets/resolve.ts';
import { readRunRecord } from '../store/run_folder.ts';
import { valueText } from './cells.ts';
import type { Cell } from './record.ts';

/**
 * Why what stands in the folder of a cell is not its run: somebody trained another one there under its name.
 * @returns undefined where it is, or where nothing stands yet
 */
export function strangerIn(folder: string, cell: Pick<Cell, 'settings' | 'seed'>): string | undefined {
  if (!existsSync(join(folder, 'run.json'))) return undefined;
  try {
    const { config, seed } = readRunRecord(folder);
    const there = new Map<string, unknown>([...leaves(config), ['seed', seed]]);
    // What else can vary may be written in several ways, or is chosen when a run begins.
    const own = Object.entries(cell.settings).filter(([path]) => /^(task|model)\./.test(path));
    const wanted = [...own, ['seed', cell.seed] as const];
    const other = wanted.find(([path, value]) => there.has(path) && valueText(there.get(path)) !== valueText(value));
    if (!other) return undefined;
    const [path, value] = other;
    const is = valueText(there.get(path));
    return `another run stands in its folder, of ${path} ${is} instead of ${valueText(value)}; rename or remove it`;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message;
  }
}
