import { systemClock } from '../../core/clock.ts';
import { untilTold } from '../../core/signals.ts';
import { waiting } from '../../sweep/extend.ts';
import { exitCode } from '../output/exit.ts';
import { locked } from './locked.ts';
import { requireHere } from './on_slurm.ts';
import { trainCells } from './train_cells.ts';

/**
 * Trains the cells of a sweep on behalf of screens until none is left; @returns the exit status
 * @param after lock of the process that started this one, to take over
 */
export function serveSweep(folder: string, after: string | undefined): Promise<number> {
  const told = untilTold('trainer', () => process.exit(exitCode.interrupted));
  return locked(folder, { clock: systemClock, after }, async () => {
    const { cells, ...sweep } = await requireHere(folder, false);
    // What a process was training that is gone goes on.
    const left = cells.map((cell) => (cell.state === 'running' ? waiting(cell) : cell));
    return trainCells({ ...sweep, cells: left }, folder, { told, json: false });
  });
}
