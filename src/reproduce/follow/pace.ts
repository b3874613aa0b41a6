import type { Clock } from '../../core/clock.ts';
import type { FollowedRecipe } from './follower.ts';

/** Share of all work that must be seen before a time is told, and seconds: the first runs are no measure of others. */
const leastShare = 0.01;
const leastSeconds = 5;

/** How far recipes are, 0 … 1, weighted by the times that they say of themselves. */
export function progressOf(recipes: readonly FollowedRecipe[]): number {
  let [done, all] = [0, 0];
  for (const { state, share, claims, work } of recipes) {
    const tried = claims.filter((claim) => claim.tried).length / Math.max(1, claims.length);
    all += work.seconds;
    if (state === 'done') done += work.seconds;
    else done += (work.seconds - work.measuring) * share + work.measuring * tried;
  }
  return all === 0 ? 1 : done / all;
}

/** How long something takes that goes on as fast as it went since the first look. */
export class Pace {
  readonly #clock: Clock;
  #began: { readonly time: number; readonly progress: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Seconds that are left at a progress of 0 … 1; null while that cannot be told. */
  secondsLeft(progress: number): number | null {
    const time = this.#clock.now();
    this.#began ??= { time, progress };
    const [made, seconds] = [progress - this.#began.progress, (time - this.#began.time) / 1000];
    if (progress >= 1) return 0;
    return made < leastShare || seconds < leastSeconds ? null : (seconds * (1 - progress)) / made;
  }
}
