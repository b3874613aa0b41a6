import type { Clock } from '../../core/clock.ts';
import { SpeedMeter } from './pacing.ts';

/** The time that updates take, without evaluations, pauses and the pace, and their speed. */
export class TrainingTime {
  readonly #clock: Clock;
  readonly #meter: SpeedMeter;
  readonly #firstStep: number;
  readonly #secondsBefore: number;
  readonly #startedAt: number;
  #updates = 0;
  #milliseconds = 0;
  #recent = 0;

  /** @param secondsBefore spent in updates in earlier starts of the run */
  constructor(clock: Clock, firstStep: number, secondsBefore: number) {
    this.#clock = clock;
    this.#meter = new SpeedMeter(clock);
    this.#firstStep = firstStep;
    this.#secondsBefore = secondsBefore;
    this.#startedAt = clock.now();
  }

  /** What `count` updates come to, whose time is taken. */
  async of<T>(count: number, updates: () => Promise<T>): Promise<T> {
    const start = this.#clock.now();
    const result = await updates();
    const took = this.#clock.now() - start;
    this.#updates += count;
    this.#milliseconds += took;
    this.#recent += took;
    this.#meter.add(count);
    return result;
  }

  /** Milliseconds in updates since the last call. */
  takeRecent(): number {
    const recent = this.#recent;
    this.#recent = 0;
    return recent;
  }

  /** Seconds in updates, over all starts of the run. */
  get seconds(): number {
    return this.#secondsBefore + this.#milliseconds / 1000;
  }

  /** Updates until they have taken so many seconds, over all starts, as fast as they have gone in this one. */
  updatesUntil(seconds: number): number {
    if (this.#milliseconds === 0) return Number.POSITIVE_INFINITY;
    return Math.ceil((Math.max(0, seconds - this.seconds) * 1000 * this.#updates) / this.#milliseconds);
  }

  /** Steps a second over about the last second. */
  rate(): number {
    return this.#meter.rate();
  }

  /** The speed counts from here: after a pause. */
  resetRate(): void {
    this.#meter.reset();
  }

  /** Of this start: seconds in all, and steps a second of updates alone. */
  summary(step: number): { readonly seconds: number; readonly steps_per_second: number | null } {
    const steps_per_second = this.#milliseconds > 0 ? (1000 * (step - this.#firstStep)) / this.#milliseconds : null;
    return { seconds: (this.#clock.now() - this.#startedAt) / 1000, steps_per_second };
  }
}
