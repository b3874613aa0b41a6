import { connect as connectSocket, type Socket } from 'node:net';
import { UserError } from '../core/errors.ts';
import type { RunEvent } from '../protocol/events.ts';
import {
  decodeServerMessage,
  encodeClientMessage,
  FrameDecoder,
  type Outcome,
  type Received,
} from '../protocol/frames.ts';
import type { LiveStatus, ProbeFrame, Request } from '../protocol/messages.ts';
import { eventsBefore } from '../store/ancestry.ts';
import { DamagedLines, readJournal } from '../store/journal_reader.ts';
import { recallSnapshot } from '../store/pictures.ts';
import { journalPath } from '../store/run_folder.ts';
import type { RunSource } from './source.ts';
import { type EndedBy, suddenEnd } from './sudden_end.ts';

/** How long an answer may take, in milliseconds: a trainer takes requests only between two runs of its graph. */
const patience = 30_000;

/**
 * Joins a run that is being trained.
 * @param endedBy what ended the trainer, should it leave without a word
 * @throws UserError when nobody listens there
 */
export async function connect(socketPath: string, runFolder: string, endedBy?: EndedBy): Promise<TrainerClient> {
  const socket = connectSocket(socketPath);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (error) =>
      reject(
        new UserError({ where: socketPath, what: `no trainer answers (${error.message})`, fix: 'it may have ended' }),
      ),
    );
  });
  return new TrainerClient(socket, runFolder, endedBy);
}

/** A live run: its journal so far, then what the trainer sends. */
export class TrainerClient implements RunSource {
  readonly closed: Promise<Error | undefined>;
  readonly #socket: Socket;
  readonly #folder: string;
  readonly #decoder = new FrameDecoder();
  readonly #unanswered = new Map<number, (outcome: Outcome | Error) => void>();
  /** Resolves with the first message: from then on every event is either on disk or sent to us. */
  readonly #welcomed: Promise<void>;
  #welcome: () => void = () => undefined;
  /** The history being read. */
  #following: Promise<void> = Promise.resolve();
  #problem: Error | undefined;
  #lastId = 0;
  /** Events that came before anybody could take them. */
  #early: RunEvent[] = [];
  #deliver: ((events: readonly RunEvent[]) => void) | undefined;
  #statusListener: ((status: LiveStatus) => void) | undefined;
  #status: LiveStatus | undefined;
  /** The last event that was delivered. */
  #last: RunEvent | undefined;
  #probeListener: ((probe: ProbeFrame) => void) | undefined;

  constructor(socket: Socket, folder: string, endedBy?: EndedBy) {
    this.#socket = socket;
    this.#folder = folder;
    this.#welcomed = new Promise((resolve) => {
      this.#welcome = resolve;
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', async () => {
        this.#welcome();
        for (const settle of this.#unanswered.values()) settle(new Error('the trainer has gone'));
        await this.#following;
        await this.#tellSuddenEnd(endedBy);
        resolve(this.#problem);
      });
    });
    socket.on('error', (error) => this.#fail(error));
    socket.on('data', (bytes) => {
      try {
        this.#receive(this.#decoder.push(bytes).map(decodeServerMessage));
      } catch (error) {
        this.#fail(error as Error);
      }
    });
  }

  /** Resolves with the first word of the trainer, or after so many milliseconds; @returns whether there was one */
  async isGreeted(patience: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const impatience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patience);
    });
    await Promise.race([this.#welcomed, impatience]);
    clearTimeout(timer);
    return this.#status !== undefined;
  }

  onEvents(listener: (events: readonly RunEvent[]) => void): void {
    this.#following = this.#follow(listener).catch((error: Error) => this.#fail(error));
  }

  onStatus(listener: (status: LiveStatus) => void): void {
    this.#statusListener = listener;
    if (this.#status) listener(this.#status);
  }

  onProbe(listener: (probe: ProbeFrame) => void): void {
    this.#probeListener = listener;
  }

  request(request: Request): Promise<Outcome> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome | Error): void => {
        clearTimeout(timer);
        this.#unanswered.delete(id);
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      const timer = setTimeout(
        () => settle(new Error(`no answer to ${request.type} in ${patience / 1000} s`)),
        patience,
      );
      this.#unanswered.set(id, settle);
      if (this.#socket.destroyed) settle(new Error('the trainer has gone'));
      else this.#socket.write(encodeClientMessage({ ...request, id }));
    });
  }

  /** Reads the file: training is not disturbed. */
  recall(file: string): Promise<ProbeFrame> {
    return recallSnapshot(this.#folder, file);
  }

  close(): void {
    this.#deliver = undefined;
    this.#socket.destroy();
  }

  /** A trainer that was ended without warning wrote no last event: whoever follows is told as if it had. */
  async #tellSuddenEnd(endedBy: EndedBy | undefined): Promise<void> {
    const { seq = 0, step = 0, type } = this.#last ?? {};
    if (!this.#deliver || type === 'run_finished' || type === 'run_failed') return;
    const message = await suddenEnd(this.#folder, endedBy);
    if (message === undefined) return;
    this.#problem = undefined;
    const time = new Date().toISOString();
    this.#deliver?.([{ v: 1, seq: seq + 1, time, type: 'run_failed', step, message }]);
  }

  /** What the runs before it measured, its own journal, then what came meanwhile, then live; sequence numbers tell what was already given. */
  async #follow(listener: (events: readonly RunEvent[]) => void): Promise<void> {
    await this.#welcomed;
    let before: readonly RunEvent[] = await eventsBefore(this.#folder);
    let seq = 0;
    const deliver = (events: readonly RunEvent[]): void => {
      const fresh = events.filter((event) => {
        const isNew = event.seq > seq;
        seq = Math.max(seq, event.seq);
        return isNew;
      });
      if (fresh.length === 0) return;
      this.#last = fresh.at(-1);
      listener(before.length > 0 ? [...before, ...fresh] : fresh);
      before = [];
    };
    // Its trainer says so where lines of it are damaged.
    for await (const events of readJournal(journalPath(this.#folder), new DamagedLines())) deliver(events);
    deliver(this.#early);
    this.#early = [];
    this.#deliver = deliver;
  }

  #receive(messages: readonly Received[]): void {
    const events: RunEvent[] = [];
    for (const message of messages) {
      if (message.type === 'events') for (const event of message.events) events.push(event);
      else if (message.type === 'status') this.#takeStatus(message.status);
      else if (message.type === 'probe') this.#probeListener?.(message.frame);
      else {
        const { ok, step, error } = message;
        this.#unanswered.get(message.id)?.({ ok, step, ...(error !== undefined && { error }) });
      }
    }
    if (events.length === 0) return;
    if (this.#deliver) this.#deliver(events);
    else this.#early.push(...events);
  }

  #takeStatus(status: LiveStatus): void {
    this.#status = status;
    this.#welcome();
    this.#statusListener?.(status);
  }

  #fail(error: Error): void {
    this.#problem ??= error;
    this.#socket.destroy();
  }
}
