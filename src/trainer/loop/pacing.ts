import type { Clock } from '../../core/clock.ts';

/** Steps a second over about the last second. */
export class SpeedMeter {
  readonly #clock: Clock;
  #marks: { time: number; steps: number }[] = [];
  #steps = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.reset();
  }

  reset(): void {
    this.#marks = [{ time: this.#clock.now(), steps: this.#steps }];
  }

  add(steps: number): void {
    this.#steps += steps;
    const time = this.#clock.now();
    if (time - this.#marks.at(-1)!.time >= 50) this.#marks.push({ time, steps: this.#steps });
    while (this.#marks.length > 2 && time - this.#marks[1]!.time > 1000) this.#marks.shift();
  }

  rate(): number {
    const oldest = this.#marks[0]!;
    const elapsed = this.#clock.now() - oldest.time;
    return elapsed > 0 ? ((this.#steps - oldest.steps) * 1000) / elapsed : 0;
  }
}

/** Holds training to a number of steps a second. */
export class Pacer {
  readonly #clock: Clock;
  #time: number;
  #step: number;

  /** @param step where training starts: a resumed run does not wait for the steps of its parent */
  constructor(clock: Clock, step: number) {
    this.#clock = clock;
    this.#time = clock.now();
    this.#step = step;
  }

  /** Counts from here: after a pause, or when the pace changed. */
  reset(step: number): void {
    this.#time = this.#clock.now();
    this.#step = step;
  }

  /** Milliseconds until the update after `step` is due; ≤ 0 when it is. `pace` 0 is no limit. */
  wait(step: number, pace: number): number {
    if (pace <= 0) return 0;
    const wait = this.#time + ((step - this.#step) * 1000) / pace - this.#clock.now();
    // Lost time (a slow machine, a sleeping laptop) is not caught up in a burst.
    if (wait < -1000) this.reset(step);
    return wait;
  }
}
