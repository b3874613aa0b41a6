import { readFileSync } from 'node:fs';
import { duration } from '../core/format.ts';
import { packageFile } from '../core/package_files.ts';
import type { RunConfig } from '../protocol/config.ts';

/** What `npm run bench:presets` measured, from the folder of the package. */
export const timesFile = 'presets/times/two_cores.json';

/** Seconds on two free cores without a pace, by preset. */
let measured: Readonly<Record<string, number>> | undefined;

/** About how long a preset that ships takes on two cores where it is watched; undefined for one that was not measured. */
export function secondsOf(preset: string, { train }: RunConfig): number | undefined {
  measured ??= (JSON.parse(readFileSync(packageFile(timesFile), 'utf8')) as { seconds: Record<string, number> })
    .seconds;
  const own = measured[preset];
  return own === undefined ? undefined : Math.max(own, train.pace > 0 ? train.steps / train.pace : 0);
}

/** Seconds from which so little of a preset is measured, its first steps, that its time is but about that. */
const counted = 3600;

/** A time as lists have it; nothing where it is not known. */
export function timeText(seconds: number | undefined): string {
  if (seconds === undefined) return '';
  return seconds < counted ? duration(seconds) : `≈ ${duration(seconds)}`;
}
