import type { Clock } from '../../core/clock.ts';
import type { Outcome } from '../../protocol/frames.ts';

interface Waiting<Request> {
  readonly request: Request;
  readonly resolve: (outcome: Outcome) => void;
}

/** What clients ask for, kept until training can serve it; wakes training that rests. */
export class RequestQueue<Request> {
  readonly #clock: Clock;
  readonly #waiting: Waiting<Request>[] = [];
  #wake: () => void = () => {};
  #closed: Outcome | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Queues a request; the reply says at which step it took effect. */
  push(request: Request): Promise<Outcome> {
    if (this.#closed) return Promise.resolve(this.#closed);
    return new Promise((resolve) => {
      this.#waiting.push({ request, resolve });
      this.#wake();
    });
  }

  /** Serves all, first come first. @param apply throws what the client is told */
  async serve(apply: (request: Request) => Promise<void>, step: () => number): Promise<void> {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      try {
        await apply(next.request);
        next.resolve({ ok: true, step: step() });
      } catch (error) {
        next.resolve({ ok: false, step: step(), error: (error as Error).message });
      }
    }
  }

  /** Waits so many milliseconds, or until the next request. */
  async rest(milliseconds: number): Promise<void> {
    if (this.#waiting.length > 0) return;
    await Promise.race([
      this.#clock.sleep(milliseconds),
      new Promise<void>((resolve) => {
        this.#wake = resolve;
      }),
    ]);
  }

  /** Ends a rest. */
  wake(): void {
    this.#wake();
  }

  /** Refuses everything that waits or is still to come. */
  close(step: number, error: string): void {
    this.#closed = { ok: false, step, error };
    for (const { resolve } of this.#waiting.splice(0)) resolve(this.#closed);
  }
}
