import { basename, dirname, resolve } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { UserError } from '../core/errors.ts';
import { loadPreset } from '../presets/load.ts';
import { parseSetting, resolveConfig, type Setting } from '../presets/resolve.ts';
import type { Parent } from '../protocol/events.ts';
import { readSnapshot } from '../snapshots/store.ts';
import { openEngine } from '../trainer/device.ts';
import { createExperiment } from '../trainer/experiment.ts';
import { createRunFolder, type RunRecord, runName } from '../trainer/run_folder.ts';

/** Flags of `train` that decide what is trained and where it is kept. */
export interface TrainFlags {
  readonly preset?: string | undefined;
  readonly set: readonly string[];
  readonly seed?: number | undefined;
  readonly steps?: number | undefined;
  readonly device?: string | undefined;
  readonly threads?: number | undefined;
  readonly name?: string | undefined;
  readonly dir: string;
  readonly resume?: string | undefined;
  readonly paused: boolean;
}

const defaultPreset = 'yang-quick';

/**
 * Checks everything a run needs and makes its folder; nothing is written when something is wrong.
 * @param watched whether a person watches: the pace of a preset is for them, and is dropped when nobody does
 */
export async function prepareRun(flags: TrainFlags, watched: boolean): Promise<string> {
  const settings = flagSettings(flags);
  const { raw, where, name, parent } = flags.resume ? await fromSnapshot(flags) : fromPreset(flags);
  const paceAsked = settings.some((setting) => setting.path === 'train.pace');
  const all = watched || paceAsked ? settings : [...settings, { path: 'train.pace', value: 0 }];
  const { config } = resolveConfig(raw, where, all);
  createExperiment(config, where);
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
  return createRunFolder(resolve(flags.dir), record);
}

function fromPreset(flags: TrainFlags) {
  return { ...loadPreset(flags.preset ?? defaultPreset), parent: undefined };
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
  return { raw: snapshot.config, where: path, name: run.replace(/-\d{8}-\d{6}$/, ''), parent };
}

function flagSettings(flags: TrainFlags): Setting[] {
  const settings = flags.set.map(parseSetting);
  const named = { seed: flags.seed, 'train.steps': flags.steps, device: flags.device, threads: flags.threads };
  for (const [path, value] of Object.entries(named)) if (value !== undefined) settings.push({ path, value });
  return settings;
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
