import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { UserError } from '../../src/core/errors.ts';
import { RandomStream } from '../../src/core/random.ts';
import type { RunEvent } from '../../src/protocol/events.ts';
import { encodeServerMessage } from '../../src/protocol/frames.ts';
import type { LiveStatus, ProbeFrame } from '../../src/protocol/messages.ts';
import { connect, type TrainerClient } from '../../src/runs/client.ts';
import { JournalWriter } from '../../src/store/journal_writer.ts';
import { TrainerServer } from '../../src/trainer/socket/server.ts';

const status: LiveStatus = { step: 3, state: 'running', stepsPerSecond: 1, until: 9, pace: 0 };
const until = (condition: () => boolean) =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 10_000, interval: 5 });

let folder: string;
let socketPath: string;
let journal: JournalWriter;
let server: TrainerServer;
let clients: TrainerClient[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'incline-'));
  socketPath = join(folder, 'a.sock');
  journal = await JournalWriter.open(join(folder, 'journal.jsonl'), systemClock);
  server = new TrainerServer({
    socketPath,
    status: () => status,
    backlog: () => journal.unwritten,
  });
  await server.listen(async (request) => ({
    ok: request.type !== 'stop',
    step: 4,
    ...(request.type === 'stop' && { error: 'busy' }),
  }));
  clients = [];
});
afterEach(async () => {
  for (const client of clients) client.close();
  await server.close();
  await journal.close().catch(() => undefined);
  rmSync(folder, { recursive: true });
});

async function attach(): Promise<{ client: TrainerClient; seqs: number[] }> {
  const client = await connect(socketPath, folder);
  clients.push(client);
  const seqs: number[] = [];
  client.onEvents((events) => seqs.push(...events.map((event) => event.seq)));
  return { client, seqs };
}

const append = (): RunEvent => journal.append({ type: 'paused', step: 1 });
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe('events', () => {
  it('come from the journal, then live', async () => {
    for (let i = 0; i < 1000; i++) append();
    await journal.flush();
    const { seqs } = await attach();
    await until(() => seqs.length === 1000);
    server.publish([append()]);
    await until(() => seqs.length === 1001);
    expect(seqs).toEqual(upTo(1001));
  });

  it('that are not on disk come all the same, even if the disk never takes them', async () => {
    append();
    await journal.flush();
    server.publish([append(), append()]);
    const { seqs } = await attach();
    await until(() => seqs.length === 3);
    expect(seqs).toEqual([1, 2, 3]);
  });

  it('come whole, in order and once, whenever a client attaches and however flushing and sending interleave', async () => {
    const stream = RandomStream.named(5, 'interleaving');
    const attached: { seqs: number[] }[] = [];
    let waiting: RunEvent[] = [];
    let total = 0;
    for (let i = 0; i < 600; i++) {
      for (let j = stream.integer(20); j > 0; j--, total++) waiting.push(append());
      const choice = stream.integer(4);
      if (choice === 0) void journal.flush();
      if (choice === 1) {
        server.publish(waiting);
        waiting = [];
      }
      if (choice === 2) await new Promise((resolve) => setImmediate(resolve));
      if (i % 30 === 0) attached.push(await attach());
    }
    server.publish(waiting);
    await until(() => attached.every(({ seqs }) => seqs.at(-1) === total));
    for (const { seqs } of attached) expect(seqs).toEqual(upTo(total));
  });

  it('written between connecting and being welcomed by a busy trainer are not missed', async () => {
    const busy = createServer(async (socket) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      append();
      await journal.flush();
      socket.write(encodeServerMessage({ type: 'status', status }));
    });
    await new Promise<void>((resolve) => busy.listen(join(folder, 'busy.sock'), resolve));
    const client = await connect(join(folder, 'busy.sock'), folder);
    clients.push(client);
    const seqs: number[] = [];
    client.onEvents((events) => seqs.push(...events.map((event) => event.seq)));
    await until(() => seqs.length === 1);
    busy.close();
  });

  it('that were sent before anybody listened are not lost', async () => {
    const client = await connect(socketPath, folder);
    clients.push(client);
    await until(() => server.clients === 1);
    server.publish([append(), append()]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const seqs: number[] = [];
    client.onEvents((events) => seqs.push(...events.map((event) => event.seq)));
    await until(() => seqs.length === 2);
  });

  it('are all given before the end is told', async () => {
    for (let i = 0; i < 20_000; i++) append();
    await journal.flush();
    const { client, seqs } = await attach();
    await until(() => server.clients === 1);
    server.publish([append()]);
    await server.close();
    expect(await client.closed).toBeUndefined();
    expect(seqs).toEqual(upTo(20_001));
  });
});

describe('a client', () => {
  it('hears status and pictures', async () => {
    const { client } = await attach();
    const statuses: LiveStatus[] = [];
    const probes: ProbeFrame[] = [];
    client.onStatus((value) => statuses.push(value));
    client.onProbe((probe) => probes.push(probe));
    await client.request({ type: 'watch', rate: 10 });
    const probe = { step: 3, tensors: { attention: { shape: [1, 2], data: Float32Array.of(1, 2) } } };
    server.sendProbe(probe);
    await until(() => probes.length === 1 && statuses.length > 0);
    expect(statuses[0]).toEqual(status);
    expect(probes[0]).toEqual(probe);
  });

  it('is answered', async () => {
    const { client } = await attach();
    const outcomes = await Promise.all([client.request({ type: 'pause' }), client.request({ type: 'stop' })]);
    expect(outcomes).toEqual([
      { ok: true, step: 4 },
      { ok: false, step: 4, error: 'busy' },
    ]);
  });

  it('learns that the trainer has gone', async () => {
    const { client } = await attach();
    await until(() => server.clients === 1);
    await server.close();
    expect(await client.closed).toBeUndefined();
    await expect(client.request({ type: 'pause' })).rejects.toThrow(/gone/);
  });

  it('that nobody answers is told so', async () => {
    await expect(connect(join(folder, 'none.sock'), folder)).rejects.toThrow(UserError);
  });

  it('passes over a damaged line of the journal', async () => {
    const event = JSON.stringify({ v: 1, seq: 1, time: '2026-01-01T00:00:00.000Z', type: 'paused', step: 1 });
    writeFileSync(join(folder, 'journal.jsonl'), `hello\n${event}\n`);
    const { seqs } = await attach();
    await until(() => seqs.length > 0);
    expect(seqs).toEqual([1]);
  });

  it('reports a journal that is not to be opened as the reason of its end', async () => {
    rmSync(join(folder, 'journal.jsonl'));
    symlinkSync('/etc/hostname', join(folder, 'journal.jsonl'));
    const { client } = await attach();
    expect(await client.closed).toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('journal.jsonl'),
    });
  });

  it('ends when what it hears is no protocol', async () => {
    const liar = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
    await new Promise<void>((resolve) => liar.listen(join(folder, 'liar.sock'), resolve));
    const client = await connect(join(folder, 'liar.sock'), folder);
    expect(await client.closed).toMatchObject({ name: 'FrameError' });
    liar.close();
  });
});
