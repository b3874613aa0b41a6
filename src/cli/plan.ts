import { basename, dirname, resolve } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { UserError } from '../core/errors.ts';
import { loadPreset } from '../presets/load.ts';
import { resolveConfig } from '../presets/resolve.ts';
import type { Parent } from '../protocol/events.ts';
import { readSnapshot } from '../snapshots/store.ts';
import { openEngine } from '../trainer/device.ts';
import { createExperiment } from '../trainer/experiment.ts';
import { requireFit } from '../trainer/fit.ts';
import { createRunFolder, type RunRecord, runName } from '../trainer/run_folder.ts';
import type { StoredPreferences } from './preferences.ts';
import { type CommonFlags, flagSettings } from './settings.ts';

/** Flags of `train` that decide what is trained and where it is kept. */
export interface TrainFlags extends CommonFlags {
  readonly preset?: string | undefined;
  readonly steps?: number | undefined;
  readonly name?: string | undefined;
  readonly dir?: string | undefined;
  readonly resume?: string | undefined;
  readonly paused: boolean;
}

const defaultPreset = 'yang-quick';

/**
 * Checks everything a run needs and makes its folder; nothing is written when something is wrong.
 * @param watched whether a person watches: the pace of a preset is for them, and is dropped when nobody does
 */
export async function prepareRun(flags: TrainFlags, preferences: StoredPreferences, watched: boolean): Promise<string> {
  const settings = flagSettings(flags, { 'train.steps': flags.steps });
  const { raw, where, name, parent, snapshot } = flags.resume ? await fromSnapshot(flags) : fromPreset(flags);
  const paceAsked = settings.some((setting) => setting.path === 'train.pace');
  const all = watched || paceAsked ? settings : [...settings, { path: 'train.pace', value: 0 }];
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
  const record: RunRecord = {
    v: 1,
    run: checkName(flags.name ?? runName(name, date)),
    config,
    seed: config.seed,
    started: date.toISOString(),
    source: where,
    ...(parent && { parent }),
    ...(flags.paused && { paused: true }),
  };
  return createRunFolder(resolve(directoryOf(flags, preferences)), record);
}

function fromPreset(flags: TrainFlags) {
  return { ...loadPreset(flags.preset ?? defaultPreset), parent: undefined, snapshot: undefined };
}

async function fromSnapshot(flags: TrainFlags) {
  const path = resolve(flags.resume!);
  if (flags.preset) {
    throw new UserError({
      what: `both a preset (${flags.preset}) and --resume were given`,
      fix: 'a snapshot brings its own configuration; change it with --set',
    });
  }
  const { snapshot } = await readSnapshot(path);
  const run = basename(dirname(path));
  const parent: Parent = { run, file: path, step: snapshot.step };
  return { raw: snapshot.config, where: path, name: run.replace(/-\d{8}-\d{6}$/, ''), parent, snapshot };
}

function directoryOf({ dir }: TrainFlags, { directory }: StoredPreferences): string {
  if (dir === '') throw new UserError({ where: '--dir', what: 'no folder is named', expected: 'a path' });
  return dir ?? directory ?? 'snapshots';
}

function checkName(name: string): string {
  if (!/^[\w.-]{1,100}$/.test(name) || /^\.+$/.test(name)) {
    throw new UserError({
      where: '--name',
      what: `"${name}" cannot be a folder name`,
      expected: 'letters, digits, . _ -',
    });
  }
  return name;
}
