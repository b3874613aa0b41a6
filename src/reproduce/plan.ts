import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { loadPreset } from '../presets/load.ts';
import { resolveConfig, type Setting } from '../presets/resolve.ts';
import type { RunConfig } from '../protocol/config.ts';
import { cellsOf, type Design, textOf, type Values, variedPaths } from '../sweep/cells.ts';
import { configHash } from '../sweep/config_hash.ts';
import type { Recipe, SweepSpec } from './recipe/schema.ts';

/** A run that a recipe reads. */
export interface PlannedRun {
  readonly settings: Values;
  readonly seed: number;
  /** Resolved, with its seed and steps. */
  readonly config: RunConfig;
  /** The same for runs that compute the same, whichever recipe asks for them. */
  readonly key: string;
}

/** A sweep that a recipe reads, with the name under which the sweep engine trains it. */
export interface PlannedSweep {
  readonly name: string;
  readonly preset: string;
  readonly trained: boolean;
  readonly design: Design;
  readonly set: readonly Setting[];
  readonly steps: number;
  readonly runs: readonly PlannedRun[];
}

export type Plan = ReadonlyMap<string, PlannedSweep>;

/** The runs of every sweep of a recipe, by its names of them. @throws UserError where a setting is not valid */
export function planOf({ name, sweeps }: Pick<Recipe, 'name' | 'sweeps'>): Plan {
  const where = `presets/recipes/${name}.json`;
  return new Map(Object.entries(sweeps).map(([id, spec]) => [id, plannedSweep(spec, `${where}: sweeps.${id}`)]));
}

function plannedSweep({ preset, grid, zip, set, seeds, steps, trained }: SweepSpec, flag: string): PlannedSweep {
  const { raw, where } = loadPreset(preset);
  const design: Design = { grid: inOrder(grid), zip: inOrder(zip), seeds: seedList(seeds) };
  const fixed = Object.entries(inOrder(set)).map(([path, value]): Setting => ({ path, value, flag }));
  const all = [...fixed, ...(steps === undefined ? [] : [{ path: 'train.steps', value: steps, flag }])];
  const total = resolveConfig(raw, where, all).config.train.steps;
  const resolved = new Map<string, RunConfig>();
  const runs = cellsOf(design).map(({ settings, seed }): PlannedRun => {
    const text = textOf(settings);
    const own = Object.entries(settings).map(([path, value]): Setting => ({ path, value, flag }));
    const config = resolved.get(text) ?? resolveConfig(raw, where, [...all, ...own]).config;
    resolved.set(text, config);
    const seeded = { ...config, seed };
    return { settings, seed, config: seeded, key: `${configHash(seeded)}@${total}` };
  });
  const name = `${basename(preset, '.json')}-${nameHash([preset, set, variedPaths(design), total])}`;
  return { name, preset, trained, design, set: fixed, steps: total, runs };
}

/** Of what two sweeps must have in common to be one that goes on: grids and seeds may differ. */
function nameHash([preset, set, paths, steps]: readonly [string, Values, readonly string[], number]): string {
  return createHash('sha256')
    .update(JSON.stringify([preset, textOf(set), [...paths].sort(), steps]))
    .digest('hex')
    .slice(0, 8);
}

/** Settings in one order, whatever a file has them in, so that runs have one name. */
function inOrder<V>(settings: Readonly<Record<string, V>>): Record<string, V> {
  return Object.fromEntries(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function seedList(seeds: SweepSpec['seeds']): readonly number[] {
  return typeof seeds === 'number' ? Array.from({ length: seeds }, (_, seed) => seed) : seeds;
}
