import { connect, type Socket } from 'node:net';
import type { RunEvent } from '../../src/protocol/events.ts';
import { decodeServerMessage, encodeClientMessage, FrameDecoder, type Outcome } from '../../src/protocol/frames.ts';
import type { LiveStatus, Request } from '../../src/protocol/messages.ts';
import { until } from '../cli/program.ts';
import { patience } from './common.ts';

/** An event as a client heard it, and when, by `performance.now()`. */
export interface Heard {
  readonly event: RunEvent;
  readonly at: number;
}

/** Listens to a trainer as a screen does, and remembers what it was told and when. */
export class Witness {
  readonly heard: Heard[] = [];
  status: LiveStatus | undefined;
  isClosed = false;
  readonly #socket: Socket;
  readonly #replies = new Map<number, Outcome>();
  #id = 0;

  constructor(path: string) {
    this.#socket = connect(path);
    const decoder = new FrameDecoder();
    this.#socket.on('data', (bytes) => {
      const at = performance.now();
      for (const message of decoder.push(bytes).map(decodeServerMessage)) {
        if (message.type === 'events') this.heard.push(...message.events.map((event) => ({ event, at })));
        else if (message.type === 'status') this.status = message.status;
        else if (message.type === 'reply') this.#replies.set(message.id, message);
      }
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.isClosed = true;
    });
  }

  get step(): number {
    return this.status?.step ?? -1;
  }

  /** Asks the trainer for something and waits for the answer. */
  async ask(request: Request): Promise<Outcome> {
    const id = ++this.#id;
    this.#socket.write(encodeClientMessage({ ...request, id }));
    await until(() => this.#replies.has(id) || this.isClosed, patience, 2);
    return this.#replies.get(id) ?? { ok: false, step: this.step, error: 'the trainer is gone' };
  }

  /** Waits until the run has gone on by so many steps from where it stands now. */
  async untilFurther(steps = 1): Promise<void> {
    const [seen, last] = [this.step, this.step + steps];
    await until(() => this.step >= last, patience, 5).catch(() => {
      throw new Error(
        `the run stands still: step ${this.step}, ${seen} before, ${this.isClosed ? 'its trainer is gone' : this.status?.state}`,
      );
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
