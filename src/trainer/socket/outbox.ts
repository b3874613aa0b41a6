import type { Writable } from 'node:stream';

/**
 * Most bytes that may wait for a client before it counts as stalled; it can read the journal when it comes back. A run of the
 * fastest kind, with an evaluation every few updates, has about a megabyte a second to tell: a line may hang for a minute.
 */
const mostWaiting = 64 * 2 ** 20;

/**
 * What waits for one client. Lines (events, replies) go out in order and are never dropped; of status and picture only
 * the newest waits. Nothing is handed to the socket while it is still busy, so a slow client costs no memory beyond this.
 */
export class Outbox {
  readonly #socket: Writable;
  #lines: Buffer[] = [];
  #waiting = 0;
  #status: Buffer | undefined;
  #probe: Buffer | undefined;
  #busy = false;
  #ending = false;

  constructor(socket: Writable) {
    this.#socket = socket;
    socket.on('drain', () => {
      this.#busy = false;
      this.#pump();
    });
  }

  /** Queues lines. @returns false when the client has stalled and must be let go */
  lines(frames: readonly Buffer[]): boolean {
    for (const frame of frames) {
      this.#lines.push(frame);
      this.#waiting += frame.length;
    }
    this.#pump();
    return this.#waiting <= mostWaiting;
  }

  status(frame: Buffer): void {
    this.#status = frame;
    this.#pump();
  }

  probe(frame: Buffer): void {
    this.#probe = frame;
    this.#pump();
  }

  /** Sends what waits, then closes. */
  end(): void {
    this.#ending = true;
    this.#pump();
  }

  #pump(): void {
    if (this.#socket.writableEnded) return;
    while (!this.#busy && this.#lines.length > 0) {
      const lines = this.#lines;
      this.#lines = [];
      this.#waiting = 0;
      this.#write(lines.length === 1 ? lines[0]! : Buffer.concat(lines));
    }
    if (!this.#busy && this.#status) {
      const frame = this.#status;
      this.#status = undefined;
      this.#write(frame);
    }
    if (!this.#busy && this.#probe) {
      const frame = this.#probe;
      this.#probe = undefined;
      this.#write(frame);
    }
    if (!this.#busy && this.#ending) this.#socket.end();
  }

  #write(frame: Buffer): void {
    this.#busy = !this.#socket.write(frame);
  }
}
