import { statSync } from 'node:fs';
import { type Clock, systemClock } from '../core/clock.ts';
import { UserError } from '../core/errors.ts';
import { fateOf } from '../core/process.ts';
import type { RunEvent } from '../protocol/events.ts';
import type { Outcome } from '../protocol/frames.ts';
import type { LiveStatus, ProbeFrame, Request } from '../protocol/messages.ts';
import { goingAt } from '../store/going.ts';
import { DamagedLines, readJournal } from '../store/journal_reader.ts';
import { recallSnapshot } from '../store/pictures.ts';
import { journalPath } from '../store/run_folder.ts';
import type { TrainerClient } from './client.ts';
import { joinRun } from './join_run.ts';
import type { RunSource } from './source.ts';

/** How often to look whether the run has begun, in milliseconds. */
const interval = 300;
/** And at what another host writes. */
const whileAway = 3000;

/**
 * One of several runs that are trained in turn: waits until it has begun, follows its trainer, and the next one where that
 * is killed; once the run is over, what its files hold.
 */
export class MemberSource implements RunSource {
  readonly closed: Promise<Error | undefined>;
  readonly #folder: string;
  readonly #clock: Clock;
  #end: (problem: Error | undefined) => void = () => undefined;
  #isClosed = false;
  #client: TrainerClient | undefined;
  #watch: Request | undefined;
  /** Bytes of the journal when it was read last. */
  #read = 0;
  /** The latest event that was given on. */
  #last: RunEvent | undefined;
  #statusListener: (status: LiveStatus) => void = () => undefined;
  #probeListener: (frame: ProbeFrame) => void = () => undefined;

  constructor(folder: string, clock: Clock = systemClock) {
    this.#folder = folder;
    this.#clock = clock;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  onEvents(listener: (events: readonly RunEvent[]) => void): void {
    this.#follow(listener).then(() => this.#end(undefined), this.#end);
  }

  onStatus(listener: (status: LiveStatus) => void): void {
    this.#statusListener = listener;
  }

  onProbe(listener: (frame: ProbeFrame) => void): void {
    this.#probeListener = listener;
  }

  async request(request: Request): Promise<Outcome> {
    // Trainers to come are to know what can be seen as well.
    if (request.type === 'watch') this.#watch = request;
    if (this.#client) return this.#client.request(request);
    const step = this.#last?.step ?? 0;
    return { ok: false, step, error: this.#last ? 'nobody trains it now' : 'it has not begun' };
  }

  recall(file: string): Promise<ProbeFrame> {
    return recallSnapshot(this.#folder, file);
  }

  close(): void {
    this.#isClosed = true;
    this.#client?.close();
  }

  /** Resolves once the run is over, or nobody listens any more. */
  async #follow(listener: (events: readonly RunEvent[]) => void): Promise<void> {
    const deliver = (events: readonly RunEvent[]): void => {
      const seq = this.#last?.seq ?? -1;
      const fresh = events.filter((event) => event.seq > seq);
      this.#last = fresh.at(-1) ?? this.#last;
      if (fresh.length > 0) listener(fresh);
    };
    while (!this.#isClosed) {
      const going = goingAt(this.#folder, this.#clock);
      // One on another host is out of reach; what it has written is read whole, and so not as often.
      const isAway = going !== undefined && fateOf(going.lock) === 'elsewhere';
      if (going && !isAway) await this.#followTrainer(going, deliver);
      else if (await this.#isOver(deliver)) return;
      await this.#clock.sleep(isAway ? whileAway : interval);
    }
  }

  async #followTrainer(going: NonNullable<ReturnType<typeof goingAt>>, deliver: (events: readonly RunEvent[]) => void) {
    try {
      const client = await joinRun(going, () => undefined, this.#clock);
      this.#client = client;
      client.onStatus((status) => this.#statusListener(status));
      client.onProbe((frame) => this.#probeListener(frame));
      client.onEvents(deliver);
      if (this.#watch) void client.request(this.#watch).catch(() => undefined);
      if (this.#isClosed) client.close();
      await client.closed;
    } catch (error) {
      // It ended before it answered.
      if (!(error instanceof UserError)) throw error;
    } finally {
      this.#client = undefined;
    }
  }

  /** Tells what the files hold of a run that nobody trains. @returns whether it has ended; else it waits to be taken up */
  async #isOver(deliver: (events: readonly RunEvent[]) => void): Promise<boolean> {
    const journal = journalPath(this.#folder);
    const size = statSync(journal, { throwIfNoEntry: false })?.size;
    if (size === undefined || size === this.#read) return false;
    this.#read = size;
    let snapshot: string | undefined;
    for await (const events of readJournal(journal, new DamagedLines())) {
      for (const event of events) if (event.type === 'snapshot_saved') snapshot = event.file;
      deliver(events);
    }
    if (this.#last?.type !== 'run_finished' && this.#last?.type !== 'run_failed') return false;
    const frame = snapshot === undefined ? undefined : await this.recall(snapshot).catch(() => undefined);
    if (frame) this.#probeListener(frame);
    return true;
  }
}
