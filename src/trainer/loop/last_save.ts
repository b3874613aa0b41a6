import type { Clock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';
import type { Records } from './records.ts';

/** How long a run that is told to end, by a scheduler perhaps, goes on to try to save, in milliseconds. */
const lastTries = 10_000;
/** Between two tries to save when the disk refuses and the run is at its end, in milliseconds. */
const retryInterval = 1000;

/** Saves the last state of a run, which does not end before, unless it is given up. */
export class LastSave {
  readonly #records: Records;
  readonly #clock: Clock;
  /** Asked to stop though the state cannot be saved. */
  #isAbandoned = false;

  constructor(records: Records, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
  }

  /** File of the last snapshot, where that holds the last state. */
  get file(): string | undefined {
    return this.#isAbandoned ? undefined : this.#records.saved.file;
  }

  /**
   * A second wish to stop gives the state up, as does one that nobody will repeat, after a while.
   * @throws UserError where the disk refuses and the wish may be repeated
   */
  async beforeStop(isFinal: boolean): Promise<void> {
    const until = this.#clock.now() + (isFinal ? lastTries : 0);
    while (!(await this.#records.saveLast('stopped'))) {
      if (this.#clock.now() < until) {
        await this.#clock.sleep(retryInterval);
        continue;
      }
      const isGivenUp = this.#isAbandoned || isFinal;
      this.#isAbandoned = true;
      if (isGivenUp) return;
      throw new UserError({ what: 'the state could not be saved', fix: 'stop again to leave without it' });
    }
  }

  /** @param meanwhile serves requests for at most so long, one of which may give the state up */
  async atEnd(why: string, meanwhile: (milliseconds: number) => Promise<void>): Promise<void> {
    while (!this.#isAbandoned && !(await this.#records.saveLast(why))) await meanwhile(retryInterval);
  }
}
