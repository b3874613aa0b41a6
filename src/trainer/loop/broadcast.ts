import type { Clock } from '../../core/clock.ts';
import type { HostTensor } from '../../core/tensor.ts';
import type { LiveStatus } from '../../protocol/messages.ts';
import type { LoopPort, Session } from '../contract.ts';

/** Journal lines, status and pictures go out at most this often, in milliseconds. */
export const broadcastInterval = 100;
/** The slopes of the loss are measured again after this many times what that took. */
const restPerSlopes = 25;

interface BroadcasterOptions {
  readonly port: LoopPort;
  readonly session: Session;
  readonly clock: Clock;
  /** The slopes of the loss with respect to the masks. */
  slopes(): Promise<Tensors>;
}

type Tensors = Readonly<Record<string, HostTensor>>;

/** Tells clients where the run stands, without slowing it. */
export class Broadcaster {
  readonly #o: BroadcasterOptions;
  #sentAt = Number.NEGATIVE_INFINITY;
  #probedAt = Number.NEGATIVE_INFINITY;
  #probedStep = -1;
  /** The latest slopes, the step that they are of, and when they may be measured again. */
  #slopes: Tensors = {};
  #slopesStep = -1;
  #slopesDue = Number.NEGATIVE_INFINITY;
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
    const isNew = (await this.#measureSlopes()) || step !== this.#probedStep;
    if (!isNew) return;
    this.#probedAt = this.#sentAt;
    this.#probedStep = step;
    port.probe(step, { ...(await session.probe()), ...this.#slopes });
  }

  /** @returns whether there are newer slopes than before, which are measured in at most a twenty-fifth of the time */
  async #measureSlopes(): Promise<boolean> {
    const { port, session, clock, slopes } = this.#o;
    if (!port.wantsSlopes()) {
      this.#slopes = {};
      this.#slopesStep = -1;
      return false;
    }
    const began = clock.now();
    if (this.#slopesStep === session.step || began < this.#slopesDue) return false;
    this.#slopes = await slopes();
    this.#slopesStep = session.step;
    const ended = clock.now();
    this.#slopesDue = ended + restPerSlopes * (ended - began);
    return true;
  }

  /** The insides have changed though the step has not. */
  refresh(): void {
    this.#probedStep = -1;
    this.#slopesStep = -1;
    this.#slopesDue = Number.NEGATIVE_INFINITY;
  }

  /** The next picture is due at once: it is the last one. */
  hurry(): void {
    this.#isLast = true;
  }
}
