import type { Clock } from '../../core/clock.ts';
import type { HostTensor } from '../../core/tensor.ts';

type Tensors = Readonly<Record<string, HostTensor>>;

/** Measured again after this many times what that took. */
const restPerWork = 25;

/** What pictures bring where somebody wants it, once a step at most and in at most a twenty-fifth of the time. */
export class Occasional {
  readonly #clock: Clock;
  readonly #measure: () => Promise<Tensors>;
  readonly #isWanted: () => boolean;
  /** The latest, and the step that they are of. */
  tensors: Tensors = {};
  #step = -1;
  #due = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, measure: () => Promise<Tensors>, isWanted: () => boolean) {
    this.#clock = clock;
    this.#measure = measure;
    this.#isWanted = isWanted;
  }

  /** @returns whether there are newer ones than before */
  async refresh(step: number): Promise<boolean> {
    if (!this.#isWanted()) {
      this.tensors = {};
      this.#step = -1;
      return false;
    }
    const began = this.#clock.now();
    if (this.#step === step || began < this.#due) return false;
    this.tensors = await this.#measure();
    this.#step = step;
    const ended = this.#clock.now();
    this.#due = ended + restPerWork * (ended - began);
    return true;
  }

  /** What they are of has changed though the step has not. */
  outdate(): void {
    this.#step = -1;
    this.#due = Number.NEGATIVE_INFINITY;
  }
}
