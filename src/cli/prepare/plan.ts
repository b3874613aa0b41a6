import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';
import { significant } from '../../core/format.ts';
import { commandLine } from '../../core/own_command.ts';
import { requireOwnFolder } from '../../core/plain_files.ts';
import { isPresetFile, loadPreset, presetNames } from '../../presets/load.ts';
import { type Resolved, resolveConfig } from '../../presets/resolve.ts';
import type { RunConfig } from '../../protocol/config.ts';
import type { Parent } from '../../protocol/events.ts';
import { comingRun, type RunState } from '../../runs/state.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import {
  type Course,
  createRunFolder,
  discardIfEmpty,
  makePrivate,
  type RunRecord,
  readRunRecord,
  recordPath,
  requireOwnFiles,
  runName,
  writeRunRecord,
} from '../../store/run_folder.ts';
import { RunLock } from '../../store/run_lock.ts';
import { logNames } from '../../store/trackers/log_names.ts';
import type { Experiment } from '../../trainer/contract/session.ts';
import { requireFit } from '../../trainer/measure/fit.ts';
import { holdStrayFaults } from '../../trainer/plugins/fault.ts';
import { openEngine } from '../../trainer/session/device.ts';
import { createExperiment } from '../../trainer/session/experiment.ts';
import { headsNotice, withHeadsOf } from '../../trainer/session/heads.ts';
import { pictureShapes } from '../../trainer/session/programs.ts';
import { checkName, folderName } from '../options/names.ts';
import { type CommonFlags, flagSettings } from '../options/settings.ts';
import { lockOptions } from '../output/lock_options.ts';
import { note } from '../output/output.ts';
import { directoryOf } from '../preferences/directory.ts';
import type { StoredPreferences } from '../preferences/preferences.ts';
import { openNamed } from '../snapshots/open_snapshot.ts';
import { budgetPath, isBudgetSpent } from './budget.ts';
import { type PreparedRun, starting } from './prepared.ts';

/** Flags of `train` that decide what is trained and where it is kept. */
export interface TrainFlags extends CommonFlags {
  readonly preset?: string | undefined;
  readonly steps?: number | undefined;
  readonly name?: string | undefined;
  readonly dir?: string | undefined;
  readonly resume?: string | undefined;
  /** Where the configuration comes from if the snapshot lost its own. */
  readonly config?: string | undefined;
  readonly inPlace?: boolean;
  /** Folder of a run of this name that left no snapshot: it starts anew there. */
  readonly begun?: string | undefined;
  /** Take the run over, though a trainer on another host may be alive. */
  readonly force?: boolean | undefined;
  /** Whether a snapshot gives its settings only, so that the run starts from step 0. */
  readonly settingsOnly?: boolean;
  readonly paused: boolean;
  /** Where it is logged besides its journal, as on the command line. */
  readonly log?: readonly string[];
}

const defaultPreset = 'yang-quick';

/**
 * Checks everything a run needs and makes its folder; nothing is written when something is wrong.
 * @param watched whether a person watches: the pace of a preset is for them, and is dropped when nobody does
 */
export async function prepareRun(
  flags: TrainFlags,
  preferences: StoredPreferences,
  watched: boolean,
): Promise<PreparedRun> {
  holdStrayFaults();
  const notices: string[] = [];
  const prepared = await planned(flags, preferences, watched, (notice) => notices.push(notice));
  // Where it is refused, one line says why.
  note(...notices);
  return prepared;
}

async function planned(
  flags: TrainFlags,
  preferences: StoredPreferences,
  watched: boolean,
  onNotice: (message: string) => void,
): Promise<PreparedRun> {
  const directory = directoryOf(flags.dir, preferences);
  const settings = flagSettings(flags, { 'train.steps': flags.steps });
  const {
    raw,
    where,
    source = where,
    name,
    parent,
    snapshot,
  } = flags.resume ? await fromSnapshot(flags, directory, onNotice) : fromPreset(flags, directory);
  const paceAsked = settings.some((setting) => setting.path === 'train.pace');
  const all = watched || paceAsked ? settings : [...settings, { path: 'train.pace', value: 0 }];
  if (flags.config !== undefined && !flags.resume) {
    throw new UserError({
      what: '--config goes with --resume',
      fix: `${commandLine('train', flags.config)} trains a configuration`,
    });
  }
  const log = await logNames(flags.log ?? []);
  if (flags.inPlace && !parent) throw new UserError({ what: '--in-place needs --resume', fix: 'name a snapshot' });
  const resolved = resolveConfig(raw, where, all);
  const preferred = resolved.origins['device'] === 'default' ? preferences.device : undefined;
  const wanted = { ...resolved.config, ...(preferred && { device: preferred }) };
  const config = snapshot ? withSameWidth(wanted, resolved, snapshot, where) : wanted;
  const experiment = createExperiment(config, where, snapshot?.task);
  if (snapshot) requireFit(withHeadsOf(snapshot, experiment), experiment, where);
  if (flags.inPlace && snapshot && headsNotice(snapshot, experiment.model).length > 0) {
    throw new UserError({ what: '--in-place keeps the heads', fix: 'leave it out to go on with others in a new run' });
  }
  if (config.device !== 'auto') await openEngine(config.device);
  if (parent && config.train.steps <= parent.step) {
    throw new UserError({
      where,
      what: `train.steps is ${config.train.steps} and the snapshot is at step ${parent.step}`,
      fix: `raise the total, e.g. --steps ${parent.step + 1000}`,
    });
  }
  if (flags.inPlace && snapshot && isBudgetSpent(config, snapshot)) {
    const spent = significant(snapshot.trainedSeconds ?? 0);
    const what = `${budgetPath} is ${config.train.budget_s} and the run has spent ${spent} s in updates`;
    throw new UserError({ where, what, fix: `raise the total, or lift it with --set ${budgetPath}=0` });
  }
  const date = systemClock.date();
  const run = checkName(flags.name ?? freeName(directory, runName(folderName(name), date)), '--name');
  const record: RunRecord = {
    v: 1,
    run,
    config,
    seed: config.seed,
    started: date.toISOString(),
    source,
    // As seen from the run's own folder, so that a folder of runs can be moved.
    ...(parent && { parent: { ...parent, file: relative(join(directory, run), parent.file) } }),
    ...(flags.paused && { paused: true }),
    ...(log.length > 0 && { log }),
  };
  const now = { step: parent?.step ?? 0, started: record.started };
  const { begun } = flags;
  const place =
    begun !== undefined
      ? takeUp(begun, flags, () => ({ ...record, ...coursesOf(begun, now) }))
      : flags.inPlace && parent
        ? continueInPlace(flags, record, parent)
        : begin(directory, record);
  return { ...(await place), ...(watched && { coming: comingOf(run, experiment) }) };
}

/** What is known of a run before its trainer says anything. */
function comingOf(run: string, experiment: Experiment): RunState {
  const { config, model, metrics } = experiment;
  return comingRun({ run, config, model: model.facts, metrics, pictures: pictureShapes(experiment) });
}

/** Makes the folder of a new run, and locks it. */
async function begin(directory: string, record: RunRecord): Promise<PreparedRun> {
  const folder = await createRunFolder(directory, record);
  try {
    return { folder, lock: await RunLock.acquire(folder, lockOptions()), isNew: true };
  } catch (error) {
    discardIfEmpty(folder);
    throw error;
  }
}

/** The configuration where more or fewer heads are asked for than a snapshot has: each stays as wide as it was there. */
function withSameWidth(wanted: RunConfig, { origins }: Resolved, snapshot: Snapshot, where: string): RunConfig {
  const before = snapshot.config.model;
  const { name, heads } = wanted.model as { name: string; heads?: unknown };
  if (typeof heads !== 'number' || name !== before.name || heads === before['heads']) return wanted;
  const { model } = createExperiment(snapshot.config, where, snapshot.task);
  const sizes = Object.entries(model.resized({ heads, neurons: model.facts.neurons }));
  const own = sizes.filter(([key]) => origins[`model.${key}`] !== 'flag');
  return { ...wanted, model: { ...wanted.model, ...Object.fromEntries(own) } };
}

/** The name, or with the next number where runs of one second would share it. */
function freeName(directory: string, name: string): string {
  let free = name;
  for (let number = 2; existsSync(join(directory, free)); number++) free = `${name}-${number}`;
  return free;
}

/** Goes on in the folder of the snapshot: what its journal says of later steps no longer counts, but stays. */
function continueInPlace(flags: TrainFlags, { parent: _, ...record }: RunRecord, from: Parent): Promise<PreparedRun> {
  const folder = dirname(from.file);
  if (flags.name ?? flags.dir) throw new UserError({ what: '--in-place goes without --name and --dir' });
  return takeUp(folder, flags, () => {
    const { parent, run } = readRunRecord(folder);
    return {
      ...record,
      run,
      ...(parent && { parent }),
      continued: { file: basename(from.file), step: from.step },
      ...coursesOf(folder, { step: from.step, started: record.started }),
    };
  });
}

/** Takes up a run in its own folder, under its lock. @param recordNow what it is from now on */
async function takeUp(folder: string, flags: TrainFlags, recordNow: () => RunRecord): Promise<PreparedRun> {
  requireOwnFolder(folder);
  requireOwnFiles(folder);
  const lock = await RunLock.acquire(folder, lockOptions(flags.force));
  const prepared = { folder, lock, isNew: false };
  return starting(prepared, async () => {
    makePrivate(folder);
    await writeRunRecord(folder, recordNow());
    return prepared;
  });
}

/** The courses of a run so far and one more. */
function coursesOf(folder: string, course: Course): Pick<RunRecord, 'courses'> {
  return { courses: [...(readRunRecord(folder).courses ?? []), course] };
}

function fromPreset({ preset = defaultPreset }: TrainFlags, directory: string) {
  const isName = !isPresetFile(preset) && preset !== '-' && !presetNames().includes(preset);
  if (isName && existsSync(recordPath(join(directory, preset)))) {
    const fix = `go on with it by: ${commandLine('train', '--resume', preset)}`;
    throw new UserError({ what: `${preset} is a run, and no preset`, fix });
  }
  return { ...loadPreset(preset), source: undefined, parent: undefined, snapshot: undefined };
}

async function fromSnapshot(flags: TrainFlags, directory: string, onNotice: (message: string) => void) {
  if (flags.preset) {
    throw new UserError({
      what: `both a preset (${flags.preset}) and --resume were given`,
      fix: 'a snapshot brings its own configuration; change it with --set',
    });
  }
  const { file, where, snapshot } = await openNamed(flags.resume!, directory, flags.config, onNotice);
  const path = resolve(file);
  const run = basename(dirname(path));
  const name = run.replace(/-\d{8}-\d{6}(-\d+)?$/, '');
  if (flags.settingsOnly) {
    return { raw: snapshot.config, where, source: file, name, parent: undefined, snapshot: undefined };
  }
  const parent: Parent = { run, file: path, step: snapshot.step };
  return { raw: snapshot.config, where, source: file, name, parent, snapshot };
}
