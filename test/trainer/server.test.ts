import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunEvent } from '../../src/protocol/events.ts';
import { decodeServerMessage, encodeClientMessage, FrameDecoder, type Received } from '../../src/protocol/frames.ts';
import type { LiveStatus, Request } from '../../src/protocol/messages.ts';
import { type Handle, type ServerOptions, TrainerServer } from '../../src/trainer/socket/server.ts';

const status = (step: number): LiveStatus => ({
  step,
  state: 'running',
  stepsPerSecond: 1,
  until: 9,
  pace: 0,
});
const event = (seq: number, message = ''): RunEvent => ({
  v: 1,
  seq,
  time: 't',
  type: 'alert',
  step: seq,
  kind: 'k',
  message,
});
const tensors = { attention: { shape: [2], data: Float32Array.of(0.25, 0.75) } };

/** A client that keeps what it is sent, and can stop reading. */
class Listener {
  readonly received: Received[] = [];
  readonly socket: Socket;
  readonly closed: Promise<void>;
  #id = 0;

  constructor(path: string) {
    this.socket = connect(path);
    const decoder = new FrameDecoder();
    this.socket.on('data', (bytes) => this.received.push(...decoder.push(bytes).map(decodeServerMessage)));
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  ask(request: Request): number {
    this.socket.write(encodeClientMessage({ ...request, id: ++this.#id }));
    return this.#id;
  }

  of<T extends Received['type']>(type: T): Extract<Received, { type: T }>[] {
    return this.received.filter((message) => message.type === type) as Extract<Received, { type: T }>[];
  }

  get seqs(): number[] {
    return this.of('events').flatMap(({ events }) => events.map(({ seq }) => seq));
  }
}

const until = (condition: () => boolean) =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 10_000, interval: 5 });

const agree: Handle = async () => ({ ok: true, step: 3 });

let folder: string;
let path: string;
let now: number;
let server: TrainerServer;
let listeners: Listener[];

async function start({ handle, ...options }: Partial<ServerOptions> & { handle?: Handle } = {}): Promise<void> {
  server = new TrainerServer({
    socketPath: path,
    status: () => status(3),
    backlog: () => [],
    clock: { now: () => now, date: () => new Date(0), sleep: async () => undefined },
    ...options,
  });
  await server.listen(handle ?? agree);
}

async function joined(): Promise<Listener> {
  const listener = new Listener(path);
  listeners.push(listener);
  await until(() => listener.of('status').length > 0);
  return listener;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'incline-'));
  path = join(folder, 'a.sock');
  now = 0;
  listeners = [];
});
afterEach(async () => {
  for (const { socket } of listeners) socket.destroy();
  await server.close();
  rmSync(folder, { recursive: true });
});

describe('a trainer', () => {
  it('listens for its user alone and removes the socket at the end', async () => {
    await start();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await server.close();
    expect(() => statSync(path)).toThrow();
  });

  it('that is closed does not listen again, be it told to by a heartbeat that comes late', async () => {
    await start();
    await server.close();
    await server.listen(agree);
    expect(() => statSync(path)).toThrow();
    await start();
    const late = server.listen(agree);
    await server.close();
    await late;
    expect(() => statSync(path)).toThrow();
  });

  it('greets with status and backlog, then sends everything to everybody', async () => {
    await start({ backlog: () => [event(1), event(2)] });
    const early = await joined();
    server.publish([event(3)]);
    const late = await joined();
    expect(server.clients).toBe(2);
    server.publish([event(4), event(5)]);
    server.sendStatus(status(5));
    await until(() => early.seqs.length === 5 && late.seqs.length === 4);
    expect(early.received[0]).toEqual({ type: 'status', status: status(3) });
    expect(early.seqs).toEqual([1, 2, 3, 4, 5]);
    expect(late.seqs).toEqual([1, 2, 4, 5]);
    await until(() => late.of('status').at(-1)?.status.step === 5);
  });

  it('says a status once for as long as it holds, and to whoever comes', async () => {
    await start();
    const early = await joined();
    for (const step of [4, 4, 4, 5]) server.sendStatus(status(step));
    await until(() => early.of('status').at(-1)?.status.step === 5);
    expect(early.of('status').map((message) => message.status.step)).toEqual([3, 4, 5]);
    const late = await joined();
    server.sendStatus(status(5));
    server.publish([event(1)]);
    await until(() => late.seqs.length === 1);
    expect(late.of('status').map((message) => message.status.step)).toEqual([3]);
  });

  it('hands requests to the trainer and answers each by its number', async () => {
    const handled: [Request, number][] = [];
    await start({
      handle: async (request, client) => {
        handled.push([request, client]);
        if (request.type === 'stop') throw new Error('not now');
        await new Promise((resolve) => setTimeout(resolve, request.type === 'pause' ? 30 : 0));
        return { ok: true, step: request.type === 'step' ? 11 : 10 };
      },
    });
    const client = await joined();
    const other = await joined();
    client.ask({ type: 'pause' });
    client.ask({ type: 'step', count: 2 });
    client.ask({ type: 'stop' });
    await until(() => client.of('reply').length === 3);
    const replies = client.of('reply').sort((a, b) => a.id - b.id);
    expect(replies).toEqual([
      { type: 'reply', id: 1, ok: true, step: 10 },
      { type: 'reply', id: 2, ok: true, step: 11 },
      { type: 'reply', id: 3, ok: false, step: 3, error: 'not now' },
    ]);
    expect(handled.map(([request]) => request)).toEqual([
      { type: 'pause' },
      { type: 'step', count: 2 },
      { type: 'stop' },
    ]);
    other.ask({ type: 'resume' });
    await until(() => other.of('reply').length === 1);
    expect(handled.at(-1)![1]).not.toBe(handled[0]![1]);
    expect(client.of('reply')).toHaveLength(3);
  });

  it('sends pictures to those who watch, no more often than each asked for', async () => {
    await start();
    const [fast, slow, blind] = [await joined(), await joined(), await joined()];
    expect(server.watchRate).toBe(0);
    fast.ask({ type: 'watch', rate: 10 });
    slow.ask({ type: 'watch', rate: 4 });
    await until(() => fast.of('reply').length + slow.of('reply').length === 2);
    expect(server.watchRate).toBe(10);
    for (let step = 0; step < 10; step++) {
      server.sendProbe({ step, tensors });
      await until(() => fast.of('probe').length === step + 1);
      now += 100;
    }
    await until(() => slow.of('probe').length === 4);
    expect(slow.of('probe').map((message) => message.frame.step)).toEqual([0, 3, 6, 9]);
    expect(fast.of('probe')[2]!.frame.tensors).toEqual(tensors);
    expect(blind.of('probe')).toEqual([]);
    fast.socket.destroy();
    await until(() => server.clients === 2);
    expect(server.watchRate).toBe(4);
    slow.ask({ type: 'watch', rate: 0 });
    await until(() => server.watchRate === 0);
  });
});

describe('one bad client', () => {
  it('that sends garbage is dropped without harm to the others', async () => {
    await start();
    const good = await joined();
    for (const garbage of [
      'GET / HTTP/1.1\r\n\r\n',
      '\u0000\u0000\u0000\u0000',
      '\u0006\u0000\u0000\u0000\u0002\u0000\u0000\u0000{}',
    ]) {
      const bad = await joined();
      bad.socket.write(garbage, 'latin1');
      await bad.closed;
    }
    expect(server.clients).toBe(1);
    server.publish([event(1)]);
    good.ask({ type: 'pause' });
    await until(() => good.seqs.length === 1 && good.of('reply').length === 1);
  });

  it('that breaks off in the middle of a frame is only one fewer', async () => {
    await start();
    const bad = await joined();
    bad.socket.write(encodeClientMessage({ type: 'pause', id: 1 }).subarray(0, 9));
    bad.socket.destroy();
    await until(() => server.clients === 0);
  });

  it('that floods with requests is dropped', async () => {
    await start({ handle: () => new Promise(() => undefined) });
    const bad = await joined();
    for (let i = 0; i < 300; i++) bad.ask({ type: 'pause' });
    await bad.closed;
  });

  it('that stops reading is let go, without slowing or harming the others', async () => {
    await start();
    const [good, stalled] = [await joined(), await joined()];
    stalled.socket.pause();
    const text = 'x'.repeat(50_000);
    const sending = performance.now();
    let longest = 0;
    for (let seq = 1; seq <= 2000; seq++) {
      const begun = performance.now();
      server.publish([event(seq, text)]);
      longest = Math.max(longest, performance.now() - begun);
      if (seq % 100 === 0) await until(() => good.seqs.length === seq);
    }
    expect(server.clients).toBe(1);
    expect(good.seqs).toEqual(Array.from({ length: 2000 }, (_, i) => i + 1));
    expect(longest).toBeLessThan(200);
    expect(performance.now() - sending).toBeLessThan(20_000);
    stalled.socket.resume();
    await stalled.closed;
    // What it did get is whole and in order, so that it can go on from the journal.
    expect(stalled.seqs).toEqual(Array.from({ length: stalled.seqs.length }, (_, i) => i + 1));
  });

  it('that reads slowly gets every event but only the newest status and picture', async () => {
    await start();
    const slow = await joined();
    slow.ask({ type: 'watch', rate: 10 });
    await until(() => slow.of('reply').length === 1);
    slow.socket.pause();
    const data = new Float32Array(500_000);
    for (let step = 1; step <= 50; step++) {
      now += 100;
      server.publish([event(step)]);
      server.sendStatus(status(step));
      server.sendProbe({ step, tensors: { attention: { shape: [data.length], data } } });
      await new Promise((resolve) => setImmediate(resolve));
    }
    slow.socket.resume();
    await until(() => slow.of('probe').at(-1)?.frame.step === 50);
    expect(slow.seqs).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    expect(slow.of('status').at(-1)!.status.step).toBe(50);
    expect(slow.of('probe').length).toBeLessThan(5);
    expect(slow.of('status').length).toBeLessThan(10);
  });
});

describe('closing', () => {
  it('sends what is queued first, even to a slow client', async () => {
    await start();
    const slow = await joined();
    slow.socket.pause();
    for (let seq = 1; seq <= 300; seq++) server.publish([event(seq, 'x'.repeat(10_000))]);
    const closing = server.close();
    slow.socket.resume();
    await closing;
    await slow.closed;
    expect(slow.seqs).toHaveLength(300);
  });

  it('does not wait for ever for one that does not read', async () => {
    await start();
    const stalled = await joined();
    stalled.socket.pause();
    for (let seq = 1; seq <= 300; seq++) server.publish([event(seq, 'x'.repeat(10_000))]);
    const begun = performance.now();
    await server.close();
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});
