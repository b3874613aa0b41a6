import type { Clock } from '../../core/clock.ts';
import type { LoopPort } from '../contract/loop.ts';

/** Between two tries, in milliseconds: at first, doubled each time, and at most. */
const firstWait = 1000;
const longestWait = 30_000;

interface TroubleOptions {
  readonly port: Pick<LoopPort, 'emit'>;
  readonly clock: Clock;
  /** Nobody waits for training to stand still: it goes on meanwhile. */
  readonly unattended: boolean;
  /** Holds training, as it would run away from the state that could not be written, and lets it go on. */
  readonly hold: () => void;
  readonly release: () => void;
}

/** A disk that refuses: said once, tried again at growing intervals, and said when it has passed. */
export class DiskTrouble {
  readonly #o: TroubleOptions;
  #since: number | undefined;
  #wait = firstWait;
  #nextTry = 0;

  constructor(options: TroubleOptions) {
    this.#o = options;
  }

  get isThere(): boolean {
    return this.#since !== undefined;
  }

  /** Milliseconds until the next try is due; ∞ while nothing was refused. */
  get untilDue(): number {
    return this.isThere ? this.#nextTry - this.#o.clock.now() : Number.POSITIVE_INFINITY;
  }

  /** Something could not be written. */
  refused(step: number, error: Error): void {
    const { clock, port, unattended, hold } = this.#o;
    const now = clock.now();
    if (this.#since === undefined) {
      const meanwhile = unattended
        ? 'training goes on, and this is tried again by itself'
        : 'training waits, and this is tried again by itself; s tries at once';
      const message = `cannot write: ${error.message}; everything is kept in memory; ${meanwhile}`;
      port.emit({ type: 'alert', step, kind: 'disk', message });
      this.#since = now;
      this.#wait = firstWait;
    } else if (now >= this.#nextTry) this.#wait = Math.min(longestWait, 2 * this.#wait);
    this.#nextTry = now + this.#wait;
    if (!unattended) hold();
  }

  /** All that was refused is written. */
  passed(step: number): void {
    if (this.#since === undefined) return;
    const seconds = Math.round((this.#o.clock.now() - this.#since) / 1000);
    this.#since = undefined;
    this.#o.port.emit({ type: 'alert', step, kind: 'notice', message: `the disk writes again, after ${seconds} s` });
    this.#o.release();
  }
}
