import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { UserError } from '../core/errors.ts';
import { loadPreset } from '../presets/load.ts';
import { resolveConfig } from '../presets/resolve.ts';
import type { Parent } from '../protocol/events.ts';
import { snapshotNamed } from '../runs/library.ts';
import { readSnapshot } from '../snapshots/store.ts';
import {
  createRunFolder,
  type RunRecord,
  readRunRecord,
  requirePluginsOfFolder,
  runName,
  writeRunRecord,
} from '../trainer/files/run_folder.ts';
import { requireFit } from '../trainer/measure/fit.ts';
import { openEngine } from '../trainer/session/device.ts';
import { createExperiment } from '../trainer/session/experiment.ts';
import { directoryOf } from './directory.ts';
import { requireIdle } from './idle.ts';
import { checkName } from './names.ts';
import type { StoredPreferences } from './preferences.ts';
import { type CommonFlags, flagSettings } from './settings.ts';

/** Flags of `train` that decide what is trained and where it is kept. */
export interface TrainFlags extends CommonFlags {
  readonly preset?: string | undefined;
  readonly steps?: number | undefined;
  readonly name?: string | undefined;
  readonly dir?: string | undefined;
  readonly resume?: string | undefined;
  readonly inPlace?: boolean;
  /** Whether a snapshot gives its settings only, so that the run starts from step 0. */
  readonly settingsOnly?: boolean;
  readonly paused: boolean;
}

const defaultPreset = 'yang-quick';

/**
 * Checks everything a run needs and makes its folder; nothing is written when something is wrong.
 * @param watched whether a person watches: the pace of a preset is for them, and is dropped when nobody does
 */
export async function prepareRun(flags: TrainFlags, preferences: StoredPreferences, watched: boolean): Promise<string> {
  const directory = directoryOf(flags.dir, preferences);
  const settings = flagSettings(flags, { 'train.steps': flags.steps });
  const { raw, where, name, parent, snapshot } = flags.resume
    ? await fromSnapshot(flags, directory)
    : fromPreset(flags);
  const paceAsked = settings.some((setting) => setting.path === 'train.pace');
  const all = watched || paceAsked ? settings : [...settings, { path: 'train.pace', value: 0 }];
  if (flags.inPlace && !parent) throw new UserError({ what: '--in-place needs --resume', fix: 'name a snapshot' });
  const resolved = resolveConfig(raw, where, all);
  const preferred = resolved.origins['device'] === 'default' ? preferences.device : undefined;
  const config = { ...resolved.config, ...(preferred && { device: preferred }) };
  const experiment = createExperiment(config, where, snapshot?.task);
  if (snapshot) requireFit(snapshot, experiment, where);
  if (config.device !== 'auto') await openEngine(config.device);
  if (parent && config.train.steps <= parent.step) {
    throw new UserError({
      where,
      what: `train.steps is ${config.train.steps} and the snapshot is at step ${parent.step}`,
      fix: `raise the total, e.g. --steps ${parent.step + 1000}`,
    });
  }
  const date = systemClock.date();
  const run = checkName(flags.name ?? freeName(directory, runName(name, date)), '--name');
  const record: RunRecord = {
    v: 1,
    run,
    config,
    seed: config.seed,
    started: date.toISOString(),
    source: where,
    // As seen from the run's own folder, so that a folder of runs can be moved.
    ...(parent && { parent: { ...parent, file: relative(join(directory, run), parent.file) } }),
    ...(flags.paused && { paused: true }),
  };
  if (flags.inPlace && parent) return continueInPlace(flags, record, parent);
  return createRunFolder(directory, record);
}

/** The name, or with the next number where runs of one second would share it. */
function freeName(directory: string, name: string): string {
  let free = name;
  for (let number = 2; existsSync(join(directory, free)); number++) free = `${name}-${number}`;
  return free;
}

/** Goes on in the folder of the snapshot: what its journal says of later steps no longer counts, but stays. */
async function continueInPlace(flags: TrainFlags, record: RunRecord, { file, step }: Parent): Promise<string> {
  const folder = dirname(file);
  if (flags.name ?? flags.dir) throw new UserError({ what: '--in-place goes without --name and --dir' });
  const { parent, run, courses = [] } = readRunRecord(folder);
  await requireIdle(folder);
  const { parent: _, ...rest } = record;
  await writeRunRecord(folder, {
    ...rest,
    run,
    ...(parent && { parent }),
    continued: { file: basename(file), step },
    courses: [...courses, { step, started: record.started }],
  });
  return folder;
}

function fromPreset(flags: TrainFlags) {
  return { ...loadPreset(flags.preset ?? defaultPreset), parent: undefined, snapshot: undefined };
}

async function fromSnapshot(flags: TrainFlags, directory: string) {
  if (flags.preset) {
    throw new UserError({
      what: `both a preset (${flags.preset}) and --resume were given`,
      fix: 'a snapshot brings its own configuration; change it with --set',
    });
  }
  const where = await snapshotNamed(flags.resume!, directory);
  const path = resolve(where);
  const { snapshot } = await readSnapshot(path);
  requirePluginsOfFolder(dirname(path));
  const run = basename(dirname(path));
  const name = run.replace(/-\d{8}-\d{6}(-\d+)?$/, '');
  if (flags.settingsOnly) {
    return { raw: snapshot.config, where, name, parent: undefined, snapshot: undefined };
  }
  const parent: Parent = { run, file: path, step: snapshot.step };
  return { raw: snapshot.config, where, name, parent, snapshot };
}
