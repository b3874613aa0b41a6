import type { Clock } from '../../core/clock.ts';
import type { HostTensor } from '../../core/tensor.ts';
import type { LiveStatus } from '../../protocol/messages.ts';
import type { LoopPort } from '../contract/loop.ts';
import type { Session } from '../contract/session.ts';

/** Journal lines, status and pictures go out at most this often, in milliseconds. */
export const broadcastInterval = 100;
/** The gradients of the loss are measured again after this many times what that took. */
const restPerGradients = 25;

interface BroadcasterOptions {
  readonly port: LoopPort;
  readonly session: Session;
  readonly clock: Clock;
  /** The gradients of the loss with respect to the masks. */
  gradients(): Promise<Tensors>;
}

type Tensors = Readonly<Record<string, HostTensor>>;

/** Tells clients where the run stands, without slowing it. */
export class Broadcaster {
  readonly #o: BroadcasterOptions;
  #sentAt = Number.NEGATIVE_INFINITY;
  #probedAt = Number.NEGATIVE_INFINITY;
  #probedStep = -1;
  /** The latest gradients, the step that they are of, and when they may be measured again. */
  #gradients: Tensors = {};
  #gradientsStep = -1;
  #gradientsDue = Number.NEGATIVE_INFINITY;
  #isLast = false;

  constructor(options: BroadcasterOptions) {
    this.#o = options;
  }

  /** Whether the next message is due. */
  get due(): boolean {
    return this.#o.clock.now() - this.#sentAt >= broadcastInterval;
  }

  /**
   * Sends what was emitted and the status.
   * @param picture also send a picture, when one is wanted and due
   * @throws when the disk refuses
   */
  async send(status: LiveStatus, picture: boolean): Promise<void> {
    this.#sentAt = this.#o.clock.now();
    // Who hears that the run is over asks for no more pictures.
    if (this.#isLast) await this.#picture();
    this.#o.port.status(status);
    await this.#o.port.flush();
    // Numbers do not wait for it.
    if (picture && !this.#isLast) await this.#picture();
  }

  async #picture(): Promise<void> {
    const { port, session } = this.#o;
    const rate = port.watchRate();
    const { step } = session;
    const isDue = this.#isLast || this.#sentAt - this.#probedAt >= 1000 / rate;
    if (rate <= 0 || !isDue) return;
    const isNew = (await this.#measureGradients()) || step !== this.#probedStep;
    if (!isNew) return;
    this.#probedAt = this.#sentAt;
    this.#probedStep = step;
    port.probe(step, { ...(await session.probe()), ...this.#gradients });
  }

  /** @returns whether there are newer gradients than before, which are measured in at most a twenty-fifth of the time */
  async #measureGradients(): Promise<boolean> {
    const { port, session, clock, gradients } = this.#o;
    if (!port.wantsGradients()) {
      this.#gradients = {};
      this.#gradientsStep = -1;
      return false;
    }
    const began = clock.now();
    if (this.#gradientsStep === session.step || began < this.#gradientsDue) return false;
    this.#gradients = await gradients();
    this.#gradientsStep = session.step;
    const ended = clock.now();
    this.#gradientsDue = ended + restPerGradients * (ended - began);
    return true;
  }

  /** The activations have changed though the step has not. */
  refresh(): void {
    this.#probedStep = -1;
    this.#gradientsStep = -1;
    this.#gradientsDue = Number.NEGATIVE_INFINITY;
  }

  /** The next picture is due at once: it is the last one. */
  hurry(): void {
    this.#isLast = true;
  }
}
