import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { RunConfig } from '../protocol/config.ts';
import { isSweep } from '../store/sweep_folder.ts';
import { textOf } from '../sweep/cells.ts';
import { configHash } from '../sweep/config_hash.ts';
import { cellConfig, hasKeptPreset } from '../sweep/kept_preset.ts';
import { type Cell, readSweep, type SweepRecord } from '../sweep/record.ts';
import { runsFolder } from './report/results.ts';

/** A run that some sweep has, whoever asked for it. */
export interface Known {
  /** Name of its sweep. */
  readonly sweep: string;
  readonly cell: Cell;
  readonly folder: string;
}

/**
 * All runs below the folder of results, by what they compute.
 * @param keys those that are known of runs, for who asks again and again; grows
 * @throws UserError where a record cannot be read
 */
export function knownRuns(root: string, keys = new Map<string, string>()): Map<string, Known> {
  const base = runsFolder(root);
  const found = new Map<string, Known>();
  for (const name of namesIn(base)) {
    const folder = join(base, name);
    if (!isSweep(folder)) continue;
    const sweep = readSweep(folder);
    const keyOf = keysOf(folder, sweep);
    for (const cell of sweep.cells) {
      const place = `${folder}/${cell.run} ${cell.config_sha256} ${sweep.steps}`;
      const key = keys.get(place) ?? keyOf(cell);
      keys.set(place, key);
      if (found.get(key)?.cell.state !== 'done') found.set(key, { sweep: name, cell, folder: join(folder, cell.run) });
    }
  }
  return found;
}

/**
 * What a run computes, told by every setting that there is now: a run from before the program had one has it at its default,
 * which means what was before.
 */
function keysOf(folder: string, sweep: SweepRecord): (cell: Cell) => string {
  const asWritten = ({ config_sha256 }: Cell): string => `${config_sha256}@${sweep.steps}`;
  // Of an earlier version of the program; what it was made from may have changed since.
  if (!hasKeptPreset(folder)) return asWritten;
  const configs = new Map<string, RunConfig>();
  return (cell) => {
    try {
      const text = textOf(cell.settings);
      const config = configs.get(text) ?? cellConfig(folder, sweep, cell);
      configs.set(text, config);
      return `${configHash({ ...config, seed: cell.seed })}@${sweep.steps}`;
    } catch (error) {
      // It has a setting that there is no more.
      if (error instanceof UserError) return asWritten(cell);
      throw error;
    }
  };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
