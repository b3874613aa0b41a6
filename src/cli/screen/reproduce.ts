import { basename, isAbsolute } from 'node:path';
import { sharedCommandLine } from '../../core/own_command.ts';
import { leaves } from '../../core/record.ts';
import { loadPreset, presetNames } from '../../presets/load.ts';
import { resolveConfig } from '../../presets/resolve.ts';
import type { RunConfig } from '../../protocol/config.ts';
import type { RunState } from '../../runs/state.ts';
import { type RunRecord, readRunRecord } from '../../store/run_folder.ts';
import { shown } from '../output/paths.ts';

/** What changes no number of a run, or has an option of its own. */
const aside: readonly string[] = ['seed', 'device', 'threads', 'train.pace', 'train.unroll', 'title', 'description'];

/** A place below the working folder by its path, any other by its name: the folders above are nobody else's. */
export function findable(place: string, name = basename(place)): string {
  const path = shown(place);
  return path.startsWith('..') || isAbsolute(path) ? name : path;
}

const isAside = (path: string): boolean => aside.includes(path) || path.startsWith('snapshot.');

interface Preset {
  readonly name: string;
  readonly record: RunRecord;
  /** With the defaults of settings that there are only since. */
  readonly config: RunConfig;
}

/** The preset that a run was started from; undefined where it was none, or no folder of a run is there. */
export function presetOf(folder: string): Preset | undefined {
  try {
    const record = readRunRecord(folder);
    const name = /^presets\/(.+)\.json$/.exec(record.source)?.[1];
    if (name === undefined || !presetNames().includes(name)) return undefined;
    return { name, record, config: resolveConfig(record.config, folder).config };
  } catch {
    return undefined;
  }
}

/**
 * The command that comes to what a run shows: it trains the preset, or, where that is not all that made the run what it is,
 * plays the run back.
 */
export function commandOf(state: RunState, place: string): string {
  const preset = presetOf(place);
  const touched = state.marks.some(({ kind }) => kind === 'control' || kind === 'mask');
  if (!preset || preset.record.parent || preset.record.continued || state.start > 0 || touched) {
    return sharedCommandLine('replay', findable(place, state.run), '--step', String(state.step));
  }
  const { name, config } = preset;
  const { raw, where } = loadPreset(name);
  const usual = new Map(leaves(resolveConfig(raw, where).config).map(([path, value]) => [path, JSON.stringify(value)]));
  const settings = leaves(config)
    .map(([path, value]) => [path, JSON.stringify(value)] as const)
    .filter(([path, value]) => !isAside(path) && usual.get(path) !== value)
    .flatMap(([path, value]) => ['--set', `${path}=${value}`]);
  const seed = usual.get('seed') === String(config.seed) ? [] : ['--seed', String(config.seed)];
  return sharedCommandLine('train', name, ...settings, ...seed);
}
