import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { UserError } from '../../core/errors.ts';
import { parseSetting, resolveConfig } from '../../presets/resolve.ts';
import type { SnapshotHeader } from '../../snapshots/metadata.ts';
import { lastWhole } from '../../store/library.ts';
import { checkName } from '../options/names.ts';
import { note } from '../output/output.ts';
import { directoryOf } from '../preferences/directory.ts';
import type { StoredPreferences } from '../preferences/preferences.ts';
import { budgetPath, isBudgetSpent } from './budget.ts';
import { prepareRun, type TrainFlags } from './plan.ts';
import type { PreparedRun } from './prepared.ts';

/**
 * Prepares the run of a name as a job does that may be started again: it goes on in its folder from its last snapshot, with
 * the settings of that one, as those of the command line were for its start; `--steps` and `train.budget_s` count. Without
 * a snapshot it starts.
 * @returns undefined where the run has all its steps, or its budget is spent
 */
export async function resumeOrStart(
  flags: TrainFlags,
  preferences: StoredPreferences,
  watched: boolean,
): Promise<PreparedRun | undefined> {
  const { name, resume, inPlace } = flags;
  if (resume || inPlace) throw new UserError({ what: '--resume-or-start goes without --resume and --in-place' });
  if (name === undefined) {
    throw new UserError({ what: '--resume-or-start needs --name', fix: 'name the run, so that it is found again' });
  }
  const folder = join(directoryOf(flags.dir, preferences), checkName(name, '--name'));
  for (let tries = 1; ; tries++) {
    const stood = existsSync(folder);
    try {
      return await asFound(flags, folder, preferences, watched);
    } catch (error) {
      // The process of a sweep that was killed may make this folder now, or remove it because nothing was trained there.
      await setTimeout(settling);
      if (existsSync(folder) === stood || tries === mostTries) throw error;
    }
  }
}

/** Milliseconds in which another process is done with a folder that it makes or removes. */
const settling = 100;
const mostTries = 5;

async function asFound(
  flags: TrainFlags,
  folder: string,
  preferences: StoredPreferences,
  watched: boolean,
): Promise<PreparedRun | undefined> {
  const { steps, force, paused, log } = flags;
  if (!existsSync(folder)) return prepareRun(flags, preferences, watched);
  const notices: string[] = [];
  const last = await lastWhole(folder, (notice) => notices.push(notice));
  const budget = flags.set.filter((text) => parseSetting(text).path === budgetPath);
  if (last && isOver(last.header, steps, budget)) return undefined;
  const prepared = await prepareRun(
    last
      ? { set: budget, steps, force, paused, ...(log && { log }), resume: last.path, inPlace: true }
      : { ...flags, begun: folder },
    preferences,
    watched,
  );
  note(...notices);
  return prepared;
}

function isOver(last: SnapshotHeader, steps: number | undefined, budget: readonly string[]): boolean {
  const { config } = resolveConfig(last.config, budgetPath, budget.map(parseSetting));
  return last.step >= (steps ?? config.train.steps) || isBudgetSpent(config, last);
}
