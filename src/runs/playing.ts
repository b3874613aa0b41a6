import type { ProbeFrame } from '../protocol/messages.ts';
import type { ReplayOptions } from './replay.ts';
import { usualSpeed } from './replay.ts';
import type { Moment } from './source.ts';
import type { Stop } from './timeline.ts';

/** How a run is played back without anybody there. */
interface Playing {
  /** Where it begins; at the start of the run unless said. */
  readonly step?: number | undefined;
  /** Steps a second. */
  readonly speed?: number | undefined;
  readonly momentsPerSecond: number;
}

/** An instant of a run that is played back. */
export interface PlayedMoment {
  /** Since the beginning, in seconds. */
  readonly seconds: number;
  readonly moment: Moment;
  /** Where there is another than before. */
  readonly picture: ProbeFrame | undefined;
  /** What was passed since the moment before, in the order of the steps. */
  readonly passed: readonly Stop[];
}

/** How long that takes, in seconds. */
export function secondsOf(
  { timeline }: Pick<ReplayOptions, 'timeline'>,
  { step, speed }: Omit<Playing, 'momentsPerSecond'>,
): number {
  const { from, to } = timeline;
  return (to - Math.max(from, Math.min(to, step ?? from))) / (speed ?? usualSpeed(from, to));
}

/** A run as it is played back, moment by moment: no clock, so always the same. */
export async function* played(
  { timeline, stops, pictures }: Pick<ReplayOptions, 'timeline' | 'stops' | 'pictures'>,
  { step, speed, momentsPerSecond }: Playing,
): AsyncGenerator<PlayedMoment> {
  const { from, to } = timeline;
  const stepsPerSecond = speed ?? usualSpeed(from, to);
  const begin = Math.max(from, Math.min(to, step ?? from));
  let left = stops.filter((stop) => stop.step >= begin);
  let shown: unknown;
  const count = Math.ceil(secondsOf({ timeline }, { step, speed }) * momentsPerSecond);
  for (let index = 0; index <= count; index++) {
    const seconds = index / momentsPerSecond;
    const at = Math.floor(Math.min(to, begin + seconds * stepsPerSecond));
    const passed = left.filter((stop) => stop.step <= at);
    left = left.slice(passed.length);
    const next = pictures.at(at);
    // One that cannot be read leaves the one before, as on the screen.
    const picture = next && next !== shown ? await pictures.load(next).catch(() => undefined) : undefined;
    shown = next;
    const moment = { run: timeline.at(at), playing: index < count, speed: stepsPerSecond, stops };
    yield { seconds, moment, picture, passed };
  }
}
