import { parseSetting, type Setting } from '../presets/resolve.ts';

/** Flags that many commands share and that are short for `--set`. */
export interface CommonFlags {
  readonly set: readonly string[];
  readonly seed?: number | undefined;
  readonly device?: string | undefined;
  readonly threads?: number | undefined;
}

/** Settings of `--set` and of the flags that are short for one, in this order; `more` holds those of one command by path. */
export function flagSettings(flags: CommonFlags, more: Readonly<Record<string, unknown>>): Setting[] {
  const named = { seed: flags.seed, device: flags.device, threads: flags.threads, ...more };
  const given = Object.entries(named).filter(([, value]) => value !== undefined);
  return [
    ...flags.set.map(parseSetting),
    ...given.map(([path, value]) => ({ path, value, flag: `--${path.split('.').at(-1)}` })),
  ];
}
