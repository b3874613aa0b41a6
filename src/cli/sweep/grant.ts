import { UserError } from '../../core/errors.ts';
import { resolveConfig } from '../../presets/resolve.ts';
import { isSame, runNameOf, variedPaths } from '../../sweep/cells.ts';
import { configHash } from '../../sweep/config_hash.ts';
import { waiting, withSteps } from '../../sweep/extend.ts';
import { cellConfig } from '../../sweep/kept_preset.ts';
import type { Wanted } from '../../sweep/pool.ts';
import type { Cell, SweepRecord } from '../../sweep/record.ts';
import { isOver } from '../../sweep/state.ts';
import type { Wish } from '../../sweep/wishes.ts';

/** A sweep as a wish makes it; what it asks for and has already changes nothing. @throws UserError when it cannot be */
export function granted(sweep: SweepRecord, folder: string, wish: Exclude<Wish, { type: 'end' }>): Wanted {
  const changed = (change: (cell: Cell) => Cell): SweepRecord => ({ ...sweep, cells: sweep.cells.map(change) });
  switch (wish.type) {
    case 'stop': {
      const isMeant = ({ run }: Cell): boolean => wish.runs.includes(run);
      const stopped = { state: 'stopped', reason: 'stopped before it began' } as const;
      const isUnbegun = (cell: Cell): boolean => isMeant(cell) && cell.state === 'waiting';
      return { sweep: changed((cell) => (isUnbegun(cell) ? { ...cell, ...stopped } : cell)), stop: wish.runs };
    }
    case 'again': {
      const isMeant = ({ run, state }: Cell): boolean => wish.runs.includes(run) && isOver(state) && state !== 'done';
      return { sweep: changed((cell) => (isMeant(cell) ? waiting(cell) : cell)), stop: [] };
    }
    case 'steps': {
      const steps = Math.max(sweep.steps, wish.steps);
      resolveConfig(withSteps(sweep, steps).config, sweep.name);
      const isShort = ({ state, step = 0 }: Cell): boolean => state === 'done' && step < steps;
      return {
        sweep: withSteps(
          changed((cell) => (isShort(cell) ? waiting(cell) : cell)),
          steps,
        ),
        stop: [],
      };
    }
    case 'seed':
      return { sweep: withSeed(sweep, folder, wish), stop: [] };
  }
}

function withSeed(sweep: SweepRecord, folder: string, { like, seed }: Extract<Wish, { type: 'seed' }>): SweepRecord {
  const one = sweep.cells.find(({ run }) => run === like);
  if (!one) throw new UserError({ where: sweep.name, what: `there is no run ${like}` });
  const { settings } = one;
  const isThere = sweep.cells.some((cell) => cell.seed === seed && isSame(cell.settings, settings));
  if (isThere) return sweep;
  const run = runNameOf(variedPaths(sweep), settings, seed);
  const hash = configHash(cellConfig(folder, sweep, { settings, seed }));
  const added = waiting({ id: run, run, settings, seed, config_sha256: hash });
  const last = sweep.cells.findLastIndex((cell) => isSame(cell.settings, settings));
  return {
    ...sweep,
    seeds: [...new Set([...sweep.seeds, seed])].sort((a, b) => a - b),
    cells: sweep.cells.toSpliced(last + 1, 0, added),
  };
}
