import type { RunEvent } from '../protocol/events.ts';
import type { Outcome } from '../protocol/frames.ts';
import type { LiveStatus, ProbeFrame, Request } from '../protocol/messages.ts';

/** Where a screen gets a run from, live or replayed. */
export interface RunSource {
  /** Starts the events: all from the first on, in order, none twice, in batches. Call once. */
  onEvents(listener: (events: readonly RunEvent[]) => void): void;
  onStatus(listener: (status: LiveStatus) => void): void;
  onProbe(listener: (probe: ProbeFrame) => void): void;
  /** Asks for something; rejects when no answer comes. */
  request(request: Request): Promise<Outcome>;
  /** Resolves when nothing more will come: with what went wrong, or nothing after an orderly end. */
  readonly closed: Promise<Error | undefined>;
  close(): void;
}
