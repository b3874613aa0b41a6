import type { RunEvent } from '../protocol/events.ts';
import type { Outcome } from '../protocol/frames.ts';
import type { LiveStatus, ProbeFrame, Request } from '../protocol/messages.ts';
import type { RunSource } from './source.ts';

/** A run that can be followed in a moment: what is asked of it before waits. */
export class LateSource implements RunSource {
  readonly closed: Promise<Error | undefined>;
  readonly #source: Promise<RunSource>;
  #tell: (message: string) => void = () => undefined;

  /** @param open gets the run, and may say that this takes longer than a moment */
  constructor(open: (onWait: (message: string) => void) => Promise<RunSource>) {
    this.#source = open((message) => this.#tell(message));
    this.closed = this.#source.then(({ closed }) => closed);
    // Whoever listens is told; so is a screen that comes later.
    this.closed.catch(() => undefined);
  }

  onWait(listener: (message: string) => void): void {
    this.#tell = listener;
  }

  onEvents(listener: (events: readonly RunEvent[]) => void): void {
    this.#once((source) => source.onEvents(listener));
  }

  onStatus(listener: (status: LiveStatus) => void): void {
    this.#once((source) => source.onStatus(listener));
  }

  onProbe(listener: (frame: ProbeFrame) => void): void {
    this.#once((source) => source.onProbe(listener));
  }

  async request(request: Request): Promise<Outcome> {
    return (await this.#source).request(request);
  }

  async recall(file: string): Promise<ProbeFrame> {
    return (await this.#source).recall(file);
  }

  close(): void {
    this.#once((source) => source.close());
  }

  #once(act: (source: RunSource) => void): void {
    this.#source.then(act, () => undefined);
  }
}
