import type { Flags } from '../options/table.ts';
import { sweep } from './sweep.ts';

type SeedsFlags = Flags<
  | 'name'
  | 'set'
  | 'steps'
  | 'device'
  | 'threads'
  | 'dir'
  | 'seeds'
  | 'jobs'
  | 'retry'
  | 'force'
  | 'json'
  | 'headless'
  | 'detach'
> & { readonly preset?: string | undefined };

/** Trains a configuration from several seeds: a sweep that varies nothing else. @returns the exit status */
export function trainSeeds({ preset = 'yang-quick', ...flags }: SeedsFlags): Promise<number> {
  const nothing = { grid: [], zip: [], budget: undefined, skipImpossible: false, dryRun: false };
  return sweep({ ...flags, ...nothing, source: preset, nice: undefined });
}
