import type { Clock } from '../../core/clock.ts';
import type { LiveStatus } from '../../protocol/messages.ts';
import type { LoopPort, Session } from '../contract.ts';

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
  #isLast = false;

  constructor(port: LoopPort, session: Session, clock: Clock) {
    this.#port = port;
    this.#session = session;
    this.#clock = clock;
  }

  /** Whether the next message is due. */
  get due(): boolean {
    return this.#clock.now() - this.#sentAt >= broadcastInterval;
  }

  /**
   * Sends what was emitted and the status.
   * @param picture also send a picture, when one is wanted and due
   * @throws when the disk refuses
   */
  async send(status: LiveStatus, picture: boolean): Promise<void> {
    this.#sentAt = this.#clock.now();
    // Who hears that the run is over asks for no more pictures.
    if (this.#isLast) await this.#picture();
    this.#port.status(status);
    await this.#port.flush();
    // Numbers do not wait for it.
    if (picture && !this.#isLast) await this.#picture();
  }

  async #picture(): Promise<void> {
    const rate = this.#port.watchRate();
    const { step } = this.#session;
    const isDue = this.#isLast || this.#sentAt - this.#probedAt >= 1000 / rate;
    if (rate <= 0 || step === this.#probedStep || !isDue) return;
    this.#probedAt = this.#sentAt;
    this.#probedStep = step;
    this.#port.probe(step, await this.#session.probe());
  }

  /** The insides have changed though the step has not. */
  refresh(): void {
    this.#probedStep = -1;
  }

  /** The next picture is due at once: it is the last one. */
  hurry(): void {
    this.#isLast = true;
  }
}
