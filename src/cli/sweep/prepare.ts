import { availableParallelism } from 'node:os';
import { systemClock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';
import { version } from '../../core/package_files.ts';
import { loadPreset } from '../../presets/load.ts';
import { resolveConfig, type Setting } from '../../presets/resolve.ts';
import type { RunConfig } from '../../protocol/config.ts';
import { cellsOf, type PlannedCell, textOf, type Values } from '../../sweep/cells.ts';
import { configHash } from '../../sweep/config_hash.ts';
import { type Asked, waiting } from '../../sweep/extend.ts';
import type { SweepRecord } from '../../sweep/record.ts';
import { chooseEngine } from '../../trainer/session/choice.ts';
import { createExperiment } from '../../trainer/session/experiment.ts';
import { choiceMemory } from '../preferences/choice_memory.ts';
import type { StoredPreferences } from '../preferences/preferences.ts';
import type { Wanted } from './design.ts';

/** A cell that cannot be trained, and why. */
interface Impossible {
  readonly settings: Values;
  readonly why: UserError;
}

/** A sweep that was looked at cell by cell. */
export interface Checked {
  readonly asked: Asked;
  readonly impossible: readonly Impossible[];
  /** Most cells that are trained at a time. */
  readonly jobs: number;
}

/**
 * Looks at every combination of settings, and chooses how many are trained at a time.
 * @param cpus that each run is given, where that is not to be chosen
 * @throws UserError when none can be trained
 */
export async function checkSweep(wanted: Wanted, preferences: StoredPreferences, cpus?: number): Promise<Checked> {
  const { raw, where } = loadPreset(wanted.preset);
  const common: Setting[] = [
    ...wanted.settings,
    // Nobody watches.
    ...(wanted.settings.some(({ path }) => path === 'train.pace') ? [] : [{ path: 'train.pace', value: 0 }]),
    ...(wanted.steps === undefined ? [] : [{ path: 'train.steps', value: wanted.steps, flag: '--steps' }]),
  ];
  const base = resolveConfig(raw, where, common);
  const impossible: Impossible[] = [];
  const cells: (PlannedCell & { config: RunConfig })[] = [];
  const verdicts = new Map<string, RunConfig | undefined>();
  for (const cell of cellsOf(wanted)) {
    const key = textOf(cell.settings);
    if (!verdicts.has(key)) verdicts.set(key, checked(cell, { raw, where, common }, impossible));
    const config = verdicts.get(key);
    if (config) cells.push({ ...cell, config });
  }
  const [first] = cells;
  if (!first) throw impossible[0]!.why;
  const isGiven = (path: string): boolean => base.origins[path] !== 'default';
  const cores = availableParallelism();
  const given = isGiven('threads') && base.config.threads > 0 ? base.config.threads : cpus;
  const jobs = wanted.jobs ?? Math.max(1, Math.min(cells.length, Math.floor(cores / (given ?? 1))));
  const threads = given ?? (await threadsFor(first.config, where, Math.floor(cores / jobs)));
  const device = isGiven('device') || !preferences.device ? {} : { device: preferences.device };
  const asked: Asked = {
    v: 1,
    name: wanted.name,
    preset: wanted.preset,
    raw,
    grid: mutable(wanted.grid),
    zip: mutable(wanted.zip),
    seeds: [...wanted.seeds],
    settings: { ...Object.fromEntries(wanted.settings.map(({ path, value }) => [path, value])), ...device, threads },
    steps: base.config.train.steps,
    config: base.config as unknown as Record<string, unknown>,
    cells: cells.map(({ config, ...cell }) => ({ ...cell, config_sha256: configHash({ ...config, seed: cell.seed }) })),
  };
  return { asked, impossible, jobs };
}

interface Base {
  readonly raw: unknown;
  readonly where: string;
  readonly common: readonly Setting[];
}

function checked(cell: PlannedCell, { raw, where, common }: Base, impossible: Impossible[]): RunConfig | undefined {
  const own = Object.entries(cell.settings).map(([path, value]): Setting => ({ path, value, flag: '--grid' }));
  try {
    const { config } = resolveConfig(raw, where, [...common, ...own]);
    createExperiment(config, where);
    return config;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    impossible.push({ settings: cell.settings, why: error });
    return undefined;
  }
}

/** Threads for a cell that has so many cores to itself: more than one where the model gains by them, as measured. */
async function threadsFor(config: RunConfig, where: string, cores: number): Promise<number> {
  if (cores <= 1) return 1;
  const experiment = createExperiment(config, where);
  const { tuning } = await chooseEngine(experiment, { spareCore: false, memory: choiceMemory });
  return Math.max(1, Math.min(cores, tuning.threads));
}

/** A new sweep of what was asked for. */
export function newSweep({ cells, raw: _, ...asked }: Asked): SweepRecord {
  return {
    ...asked,
    created: systemClock.date().toISOString(),
    versions: { incline: version, node: process.version },
    cells: cells.map((cell) => waiting({ ...cell, id: cell.run })),
  };
}

const mutable = (lists: Readonly<Record<string, readonly unknown[]>>): Record<string, unknown[]> =>
  Object.fromEntries(Object.entries(lists).map(([path, list]) => [path, [...list]]));
