import type { Clock } from '../../core/clock.ts';
import type { HostTensor } from '../../core/tensor.ts';
import type { LiveStatus } from '../../protocol/messages.ts';
import type { LoopPort } from '../contract/loop.ts';
import type { Session } from '../contract/session.ts';
import { Occasional } from './occasional.ts';

/** Journal lines, status and pictures go out at most this often, in milliseconds. */
export const broadcastInterval = 100;

interface BroadcasterOptions {
  readonly port: LoopPort;
  readonly session: Session;
  readonly clock: Clock;
  /** The gradients of the loss with respect to the masks. */
  gradients(): Promise<Tensors>;
  /** What is read out of weights alone. */
  weights(): Promise<Tensors>;
}

type Tensors = Readonly<Record<string, HostTensor>>;

/** Tells clients where the run stands, without slowing it. */
export class Broadcaster {
  readonly #o: BroadcasterOptions;
  #sentAt = Number.NEGATIVE_INFINITY;
  #probedAt = Number.NEGATIVE_INFINITY;
  #probedStep = -1;
  readonly #gradients: Occasional;
  readonly #weights: Occasional;
  #isLast = false;

  constructor(options: BroadcasterOptions) {
    this.#o = options;
    const { clock, port } = options;
    this.#gradients = new Occasional(
      clock,
      () => options.gradients(),
      () => port.wantsGradients(),
    );
    this.#weights = new Occasional(
      clock,
      () => options.weights(),
      () => port.wantsWeights(),
    );
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
    const isMore = [await this.#gradients.refresh(step), await this.#weights.refresh(step)].some(Boolean);
    if (!isMore && step === this.#probedStep) return;
    this.#probedAt = this.#sentAt;
    this.#probedStep = step;
    port.probe(step, { ...(await session.probe()), ...this.#gradients.tensors, ...this.#weights.tensors });
  }

  /** The activations have changed though the step has not. */
  refresh(): void {
    this.#probedStep = -1;
    this.#gradients.outdate();
    this.#weights.outdate();
  }

  /** The next picture is due at once: it is the last one. */
  hurry(): void {
    this.#isLast = true;
  }
}
