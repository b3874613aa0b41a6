import { UserError } from '../../core/errors.ts';
import { parseSetting, type Setting } from '../../presets/resolve.ts';

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
  const settings: Setting[] = [
    ...flags.set.map(parseSetting),
    ...given.map(([path, value]) => ({ path, value, flag: `--${path.split('.').at(-1)}` })),
  ];
  requireOnce(settings);
  return settings;
}

/**
 * Of two values of one key, one would be silently ignored.
 * @throws UserError for a key that is given twice
 */
export function requireOnce(settings: readonly Pick<Setting, 'path' | 'flag'>[]): void {
  for (const [i, { path, flag = '--set' }] of settings.entries()) {
    const before = settings.slice(0, i).find((other) => other.path === path);
    if (!before) continue;
    const { flag: first = '--set' } = before;
    const by = first === flag ? `by ${flag}` : `by ${first} and by ${flag}`;
    throw new UserError({ what: `${path} is given twice, ${by}`, fix: 'leave one out' });
  }
}
