import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { writeFileAtomic } from '../core/files.ts';
import { loadPreset } from '../presets/load.ts';
import { resolveConfig, type Setting } from '../presets/resolve.ts';
import type { RunConfig } from '../protocol/config.ts';
import { settingsText, textOf, type Values } from './cells.ts';
import { another, fixedSettings } from './extend.ts';
import type { Cell, SweepRecord } from './record.ts';

type Origin = Pick<SweepRecord, 'preset' | 'settings'>;

/** The preset of a sweep as it was when its command last looked at it: who edits the file since changes no run that waits. */
const copyIn = (folder: string): string => resolve(folder, 'preset.json');

/** Whether a sweep has one; those of earlier versions do not. */
export function hasKeptPreset(folder: string): boolean {
  return existsSync(copyIn(folder));
}

/** What stands for the preset of a sweep on command lines that train its cells. */
export function presetWord(folder: string, { preset }: Origin): string {
  return hasKeptPreset(folder) ? copyIn(folder) : preset;
}

/**
 * The configuration of a cell with every value, without the steps that all cells have.
 * @throws UserError where the preset is gone, or this version of the program does not take it
 */
export function cellConfig(
  folder: string,
  sweep: Origin,
  { settings, seed }: Pick<Cell, 'settings' | 'seed'>,
): RunConfig {
  const { raw, where } = loadPreset(presetWord(folder, sweep));
  return configOf(raw, where, sweep, { ...settings, seed });
}

function configOf(raw: unknown, where: string, sweep: Origin, settings: Values): RunConfig {
  const all = Object.entries({ ...sweep.settings, ...settings }).map(([path, value]): Setting => ({ path, value }));
  return resolveConfig(raw, where, all).config;
}

/**
 * Keeps what cells start from beside the record of their sweep.
 * @throws UserError where a cell would be another by it than by the one that was kept
 */
export async function keepPreset(folder: string, sweep: SweepRecord, raw: unknown): Promise<void> {
  const before = hasKeptPreset(folder) ? loadPreset(copyIn(folder)).raw : undefined;
  if (before !== undefined && JSON.stringify(before) !== JSON.stringify(raw)) {
    requireSameCells(sweep, [before, copyIn(folder)], [raw, sweep.preset]);
  }
  await writeFileAtomic(copyIn(folder), `${JSON.stringify(raw, null, 2)}\n`);
}

type Read = readonly [raw: unknown, where: string];

function requireSameCells(sweep: SweepRecord, before: Read, now: Read): void {
  const textFrom = ([raw, where]: Read, settings: Values): string =>
    textOf(fixedSettings({ ...configOf(raw, where, sweep, settings) }));
  for (const settings of new Map(sweep.cells.map((cell) => [textOf(cell.settings), cell.settings])).values()) {
    if (textFrom(before, settings) === textFrom(now, settings)) continue;
    throw another(
      sweep.name,
      `${sweep.preset} was edited, and its runs of ${settingsText(settings)} would be others now`,
    );
  }
}
