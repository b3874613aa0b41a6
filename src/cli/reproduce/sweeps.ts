import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Known } from '../../reproduce/known.ts';
import type { Plan, PlannedSweep } from '../../reproduce/plan.ts';
import { runsFolder } from '../../reproduce/report/results.ts';
import { isSweep } from '../../store/sweep_folder.ts';
import type { Asked } from '../../sweep/extend.ts';
import type { StoredPreferences } from '../preferences/preferences.ts';
import type { Wanted } from '../sweep/design.ts';
import { type Checked, checkSweep } from '../sweep/prepare.ts';

/** A sweep that is to be trained, with what each recipe asks of it. */
export interface Due {
  readonly name: string;
  readonly folder: string;
  readonly asked: Asked[];
  readonly jobs: number;
}

interface Options {
  readonly root: string;
  readonly jobs: number;
  /** Cores of each run, where that is not to be chosen. */
  readonly cpus: number | undefined;
  readonly preferences: StoredPreferences;
}

/**
 * What is left to train for some recipes, in their order. A run that two of them ask for, or that is there, is asked for once.
 * @param sizes what there is already, by what it computes
 * @throws UserError where a run cannot be trained
 */
export async function dueSweeps(
  plans: readonly Plan[],
  known: ReadonlyMap<string, Known>,
  options: Options,
): Promise<Due[]> {
  const due = new Map<string, Due>();
  const isOpen = (key: string): boolean => known.get(key)?.cell.state !== 'done';
  const owners = new Map([...known].map(([key, { sweep }]) => [key, sweep]));
  for (const sweep of plans.flatMap((plan) => [...plan.values()])) {
    if (!sweep.trained) continue;
    for (const { key } of sweep.runs) if (!owners.has(key)) owners.set(key, sweep.name);
    const open = sweep.runs.filter(({ key }) => isOpen(key));
    if (open.length === 0) continue;
    const { asked } = await checked(sweep, options);
    for (const owner of new Set(open.map(({ key }) => owners.get(key)!))) {
      const folder = join(runsFolder(options.root), owner);
      const before = due.get(owner) ?? { name: owner, folder, asked: [], jobs: options.jobs };
      due.set(owner, before);
      // Of a sweep that has a run which this one asks for too, that run is all that is wanted.
      if (owner === sweep.name)
        before.asked.push(ownCells(asked, sweep, (key) => isOpen(key) && owners.get(key) === owner));
    }
  }
  return [...due.values()];
}

function ownCells(asked: Asked, { steps }: PlannedSweep, isWanted: (key: string) => boolean): Asked {
  return { ...asked, cells: asked.cells.filter(({ config_sha256: hash }) => isWanted(`${hash}@${steps}`)) };
}

async function checked({ name, preset, design, set, steps }: PlannedSweep, options: Options): Promise<Checked> {
  const wanted: Wanted = { ...design, name, preset, settings: set, steps, jobs: options.jobs };
  const found = await checkSweep(wanted, options.preferences, options.cpus);
  if (found.impossible[0]) throw found.impossible[0].why;
  return found;
}

/** The folder of a sweep, made where there is none. */
export function placeOf({ folder }: Due): string {
  if (!isSweep(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
