import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { type Clock, systemClock } from '../../core/clock.ts';
import type { RunEvent } from '../../protocol/events.ts';
import {
  decodeClientMessage,
  encodeProbe,
  encodeServerMessage,
  FrameDecoder,
  type Outcome,
} from '../../protocol/frames.ts';
import { type Intervention, isSame, parseIntervention, removal } from '../../protocol/interventions.ts';
import type { ClientMessage, LiveStatus, ProbeFrame, Request } from '../../protocol/messages.ts';
import { Outbox } from './outbox.ts';

export interface ServerOptions {
  /** Where to listen: a path in a folder that only the user can enter; without one nobody can connect. */
  readonly socketPath: string | undefined;
  /** What a new client is told first. */
  status(): LiveStatus;
  /** Events that are not in the journal file yet; a new client gets them, as it reads the rest from there. */
  backlog(): readonly RunEvent[];
  /** @throws UserError when parts cannot be measured by what is done to them so: without it all can */
  requireMeasurable?(intervention: Intervention): Promise<void>;
  readonly clock?: Clock;
}

/** Carries out a request; `client` tells clients apart. What it throws becomes the error of the reply. */
export type Handle = (request: Exclude<Request, { readonly type: 'watch' }>, client: number) => Promise<Outcome>;

interface Client {
  readonly id: number;
  readonly socket: Socket;
  readonly outbox: Outbox;
  readonly handle: Handle;
  /** Pictures a second; 0 for none. */
  rate: number;
  /** By what it shows what each part is worth; undefined where it does not. */
  ablation: Intervention | undefined;
  /** Whether it ranks parts by the gradient of the loss. */
  gradients: boolean;
  /** Whether it shows what is read out of weights. */
  weights: boolean;
  /** Time from which the next picture may be sent, in milliseconds. */
  nextProbe: number;
  /** Requests that wait for their reply. */
  unanswered: number;
}

/** Requests are short; anything longer is not from a client of ours. */
const longestRequest = 2 ** 20;
const mostUnanswered = 256;
/** Events that travel together at most: frames are bounded. */
const mostInFrame = 1000;
/** How long `close` waits for clients to take what is queued for them, in milliseconds. */
const farewell = 2000;

/**
 * Serves any number of clients on a Unix socket. Sending never waits: a client that does not keep up misses pictures,
 * and one that stalls altogether is let go. A new client is sent the status, the backlog, then everything as it happens;
 * together with the journal file that is every event at least once.
 */
export class TrainerServer {
  readonly #options: ServerOptions;
  readonly #clock: Clock;
  #server: Server;
  /** The last status sent to everybody; whoever comes later is greeted with the one in force. */
  #statusFrame: Buffer | undefined;
  /** The last picture sent to anybody. */
  #picture: Buffer | undefined;
  readonly #clients = new Map<number, Client>();
  #lastId = 0;
  #isClosed = false;

  /** Nobody can connect until it listens. */
  constructor(options: ServerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#server = createServer();
  }

  /**
   * Makes the socket, or makes it anew; whoever is connected stays so. Replaces one that a killed trainer left: whoever
   * holds the lock of the run has none beside it. Once closed it stays so: whoever finds the socket gone may come late, and a
   * server that listened would keep the process from ending.
   * @param handle answers whoever connects: without it there is no socket
   */
  async listen(handle: Handle): Promise<void> {
    const { socketPath } = this.#options;
    if (socketPath === undefined) return;
    // Closing removes the socket, so it comes before the new one.
    this.#server.close();
    await rm(socketPath, { force: true });
    if (this.#isClosed) return;
    const server = createServer((socket) => this.#welcome(socket, handle));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      // Once it listens, this keeps a failing accept from ending the trainer.
      server.on('error', reject);
      server.listen(socketPath, resolve);
    });
    await chmod(socketPath, 0o600);
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** Pictures a second that the most eager client wants; 0 when nobody looks. */
  get watchRate(): number {
    return Math.max(0, ...[...this.#clients.values()].map((client) => client.rate));
  }

  /** Where clients want different kinds, that of the latest that has come. */
  get wantsAblation(): Intervention | undefined {
    return [...this.#clients.values()].findLast((client) => client.ablation)?.ablation;
  }

  get wantsGradients(): boolean {
    return [...this.#clients.values()].some((client) => client.gradients);
  }

  get wantsWeights(): boolean {
    return [...this.#clients.values()].some((client) => client.weights);
  }

  /** Sends events to every client. */
  publish(events: readonly RunEvent[]): void {
    if (this.#clients.size === 0) return;
    const frames = inFrames(events);
    for (const client of this.#clients.values()) this.#sendLines(client, frames);
  }

  /** Sends the status to every client, unless it says what they know: while a run is paused they may rest. */
  sendStatus(status: LiveStatus): void {
    if (this.#clients.size === 0) return;
    const frame = encodeServerMessage({ type: 'status', status });
    if (this.#statusFrame?.equals(frame)) return;
    this.#statusFrame = frame;
    for (const { outbox } of this.#clients.values()) outbox.status(frame);
  }

  /** Sends pictures to the clients that watch, to each no more often than it asked for. */
  sendProbe(probe: ProbeFrame): void {
    const now = this.#clock.now();
    const due = [...this.#clients.values()].filter(({ rate, nextProbe }) => rate > 0 && now >= nextProbe);
    if (due.length === 0) return;
    const frame = encodeProbe(probe);
    this.#picture = frame;
    for (const client of due) {
      client.nextProbe = now + 1000 / client.rate;
      client.outbox.probe(frame);
    }
  }

  /** Sends what is queued, ends every connection and removes the socket. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const left = [...this.#clients.values()].map(({ socket }) => new Promise((gone) => socket.once('close', gone)));
    for (const { outbox } of this.#clients.values()) outbox.end();
    const impatience = setTimeout(() => {
      for (const { socket } of this.#clients.values()) socket.destroy();
    }, farewell);
    // Some may have come before the socket was made anew.
    await Promise.all([closed, ...left]);
    clearTimeout(impatience);
    if (this.#options.socketPath !== undefined) await rm(this.#options.socketPath, { force: true });
  }

  #welcome(socket: Socket, handle: Handle): void {
    const id = ++this.#lastId;
    const client: Client = {
      id,
      socket,
      outbox: new Outbox(socket),
      handle,
      rate: 0,
      ablation: undefined,
      gradients: false,
      weights: false,
      nextProbe: 0,
      unanswered: 0,
    };
    this.#clients.set(id, client);
    const decoder = new FrameDecoder(longestRequest);
    socket.on('data', (bytes) => {
      try {
        for (const frame of decoder.push(bytes)) void this.#answer(client, decodeClientMessage(frame));
      } catch {
        // Not a client of ours, or bytes were lost; it can connect anew.
        socket.destroy();
      }
    });
    // A connection that breaks is only one client fewer.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#clients.delete(id));
    client.outbox.status(encodeServerMessage({ type: 'status', status: this.#options.status() }));
    this.#sendLines(client, inFrames(this.#options.backlog()));
  }

  async #answer(client: Client, message: ClientMessage): Promise<void> {
    if (++client.unanswered > mostUnanswered) client.socket.destroy();
    if (client.socket.destroyed) return;
    const { id, ...request } = message;
    const outcome = await this.#carryOut(client, request);
    client.unanswered--;
    this.#sendLines(client, [encodeServerMessage({ type: 'reply', id, ...outcome })]);
  }

  async #carryOut(client: Client, request: Request): Promise<Outcome> {
    const { step } = this.#options.status();
    try {
      if (request.type !== 'watch') return await client.handle(request, client.id);
      await this.#watch(client, request);
      return { ok: true, step };
    } catch (error) {
      return { ok: false, step, error: error instanceof Error ? error.message : String(error) };
    }
  }

  async #watch(client: Client, request: Extract<Request, { readonly type: 'watch' }>): Promise<void> {
    client.rate = request.rate;
    client.gradients = request.gradients ?? false;
    client.weights = request.weights ?? false;
    client.nextProbe = 0;
    // While a run is paused no new picture comes.
    if (request.rate > 0 && this.#picture) client.outbox.probe(this.#picture);
    const before = client.ablation;
    client.ablation = undefined;
    if (!request.ablation) return;
    const wanted = request.kind === undefined ? removal : parseIntervention(request.kind, 'watch');
    if (!before || !isSame(before, wanted)) await this.#options.requireMeasurable?.(wanted);
    client.ablation = wanted;
  }

  #sendLines(client: Client, frames: readonly Buffer[]): void {
    if (!client.socket.destroyed && !client.outbox.lines(frames)) client.socket.destroy();
  }
}

function inFrames(events: readonly RunEvent[]): Buffer[] {
  const frames: Buffer[] = [];
  for (let first = 0; first < events.length; first += mostInFrame) {
    frames.push(encodeServerMessage({ type: 'events', events: events.slice(first, first + mostInFrame) }));
  }
  return frames;
}
