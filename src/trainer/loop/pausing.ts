interface PausingOptions {
  /** Start without training, waiting for a key. */
  readonly paused: boolean;
  readonly onPause: () => void;
  readonly onResume: () => void;
}

/** Whether training goes on: a person may hold it, a step that was asked for, or a disk that refuses. */
export class Pausing {
  readonly #o: PausingOptions;
  #isPaused: boolean;
  /** It is the disk for which training waits. */
  #isHeld = false;
  #until = Number.POSITIVE_INFINITY;

  constructor(options: PausingOptions) {
    this.#o = options;
    this.#isPaused = options.paused;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Step at which training pauses by itself. */
  get until(): number {
    return this.#until;
  }

  pause(): void {
    this.#isHeld = false;
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#o.onPause();
  }

  /** Pauses where a step that was asked for is reached. */
  reached(step: number): void {
    if (step < this.#until) return;
    this.#until = Number.POSITIVE_INFINITY;
    this.pause();
  }

  resume(until = Number.POSITIVE_INFINITY): void {
    this.#until = until;
    this.#goOn();
  }

  /** Waits with the state that cannot be written, as training would run away from it. */
  hold(): void {
    if (this.#isPaused) return;
    this.pause();
    this.#isHeld = true;
  }

  /** Goes on where only the disk was waited for. */
  release(): void {
    if (this.#isHeld) this.#goOn();
  }

  #goOn(): void {
    this.#isHeld = false;
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#o.onResume();
  }
}
