import type { Clock } from '../core/clock.ts';
import type { LiveStatus } from '../protocol/messages.ts';
import type { LoopPort, Session } from './contract.ts';

/** Journal lines, status and pictures go out at most this often, in milliseconds. */
export const broadcastInterval = 100;

/** Tells clients where the run stands, without slowing it. */
export class Broadcaster {
  readonly #port: LoopPort;
  readonly #session: Session;
  readonly #clock: Clock;
  #sentAt = Number.NEGATIVE_INFINITY;
  #probedAt = Number.NEGATIVE_INFINITY;
  #probedStep = -1;

  constructor(port: LoopPort, session: Session, clock: Clock) {
    this.#port = port;
    this.#session = session;
    this.#clock = clock;
  }

  /** Whether the next message is due. */
  get due(): boolean {
    return this.#clock.now() - this.#sentAt >= broadcastInterval;
  }

  /** Sends status, a picture when one is wanted and due, and what was emitted. @throws when the disk refuses */
  async send(status: LiveStatus): Promise<void> {
    this.#sentAt = this.#clock.now();
    const rate = this.#port.watchRate();
    const { step } = this.#session;
    if (rate > 0 && step !== this.#probedStep && this.#sentAt - this.#probedAt >= 1000 / rate) {
      this.#probedAt = this.#sentAt;
      this.#probedStep = step;
      this.#port.probe(step, await this.#session.probe());
    }
    this.#port.status(status);
    await this.#port.flush();
  }

  /** The insides have changed though the step has not. */
  refresh(): void {
    this.#probedStep = -1;
  }

  /** The next picture is due at once: it is the last one. */
  hurry(): void {
    this.#probedAt = Number.NEGATIVE_INFINITY;
  }
}
