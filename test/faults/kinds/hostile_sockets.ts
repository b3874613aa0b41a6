import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { RandomStream } from '../../../src/core/random.ts';
import { encodeClientMessage } from '../../../src/protocol/frames.ts';
import type { ClientMessage } from '../../../src/protocol/messages.ts';
import { until } from '../../cli/program.ts';
import { needsRoot, patience, pick } from '../common.ts';
import type { Fault } from '../fault.ts';
import { openFiles, residentBytes } from '../processes.ts';
import type { Going, Stage } from '../stage.ts';

/** A connection whose end is of no interest. */
async function joined(path: string): Promise<Socket> {
  const socket = connect(path);
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  return socket;
}

function bytes(stream: RandomStream, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => stream.integer(256)));
}

/** A frame with any header, with a length that it has or has not. */
function frame(header: string, length = Buffer.byteLength(header) + 4): Buffer {
  const start = Buffer.alloc(8);
  start.writeUInt32LE(length >>> 0, 0);
  start.writeUInt32LE(Buffer.byteLength(header), 4);
  return Buffer.concat([start, Buffer.from(header)]);
}

const strangeRequests = [
  ...['null', '[]', '{}', '"x"', '{"id":-1,"type":"stop"}', '{"id":1,"type":"nothing"}', '{"id":1e99,"type":"pause"}'],
  ...[
    '{"id":1,"type":"step","count":-5}',
    '{"id":1,"type":"watch","rate":1e9}',
    '{"id":1,"type":"mask","scope":"all","edits":[1]}',
  ],
  `{"id":1,"type":"set","path":"__proto__.x","value":{"__proto__":{"y":1}}}`,
  `{"id":1,"type":"set","path":"${'x'.repeat(10_000)}","value":1}`,
  `{"id":1,"type":"mark","file":"../../../etc/passwd","marked":true}`,
  `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
];

/** What a connection can do to a trainer. */
const attacks: Readonly<Record<string, (path: string, stream: RandomStream) => Promise<void>>> = {
  async oversize(path, stream) {
    const socket = await joined(path);
    socket.write(frame('{}', pick(stream, [2 ** 20 + 1, 2 ** 31, 2 ** 32 - 1, 0, 1, 3])));
    for (let part = 0; part < 20 && !socket.destroyed; part++) socket.write(Buffer.alloc(100_000));
    await until(() => socket.destroyed, patience);
  },
  async half(path, stream) {
    const socket = await joined(path);
    const whole = encodeClientMessage({ id: 1, type: 'pause' } as ClientMessage);
    socket.write(whole.subarray(0, stream.integer(whole.length)));
    await sleep(20 * stream.uniform());
    socket.destroy();
  },
  async garbage(path, stream) {
    const socket = await joined(path);
    socket.write(bytes(stream, 1 + stream.integer(3000)));
    await sleep(20 * stream.uniform());
    socket.destroy();
  },
  async strange(path, stream) {
    const socket = await joined(path);
    socket.write(frame(pick(stream, strangeRequests)));
    await sleep(30 * stream.uniform());
    socket.destroy();
  },
  async crowd(path) {
    const sockets = await Promise.all(Array.from({ length: 200 }, () => joined(path)));
    for (const socket of sockets) socket.destroy();
  },
  async slow(path, stream) {
    const sockets = await Promise.all(Array.from({ length: 20 }, () => joined(path)));
    for (const [index, socket] of sockets.entries()) {
      socket.pause();
      socket.write(encodeClientMessage({ id: index, type: 'watch', rate: 60, ablation: false } as ClientMessage));
    }
    await sleep(300 * stream.uniform());
    for (const socket of sockets) socket.destroy();
  },
  async flood(path) {
    const socket = await joined(path);
    const request = encodeClientMessage({ id: 1, type: 'set', path: 'nothing', value: 1 } as ClientMessage);
    socket.write(Buffer.concat(Array.from({ length: 5000 }, () => request)));
    await sleep(50);
    socket.destroy();
  },
};

/** Memory that a trainer may hold more than before it was attacked, in bytes. */
const mostGrown = 150 * 2 ** 20;

/** The trainer trains, answers others, and holds no more files or memory than before. */
async function requireUnharmed(run: Going, before: { files: number; bytes: number }): Promise<void> {
  await run.witness.untilFurther(10);
  const answer = await run.witness.ask({ type: 'watch', rate: 0 });
  assert(answer.ok, answer.error);
  await until(() => openFiles(run.pid) <= before.files, patience).catch(() => {
    throw new Error(`${openFiles(run.pid)} open files, ${before.files} before`);
  });
  const grown = residentBytes(run.pid) - before.bytes;
  assert(grown < mostGrown, `${Math.round(grown / 2 ** 20)} MiB more are held`);
}

export const hostileClients: Fault = {
  name: 'hostile-sockets',
  injected:
    'oversize, half and garbage frames, strange requests, 200 connections, 20 slow readers, a flood of requests',
  expected: 'the connection is dropped; the run goes on and answers others; files and memory as before',
  async begin(stage) {
    const { run, path, before } = await attacked(stage);
    return async (stream) => {
      const name = pick(stream, Object.keys(attacks));
      await attacks[name]!(path, stream);
      await requireUnharmed(run, before).catch((error: Error) => {
        throw new Error(`${name}: ${error.message}`);
      });
    };
  },
};

async function attacked(stage: Stage) {
  const run = await stage.going();
  await run.witness.untilFurther(300);
  const before = { files: openFiles(run.pid), bytes: residentBytes(run.pid) };
  return { run, path: stage.socketOf(run.folder)!, before };
}

export const otherUser: Fault = {
  name: 'other-user',
  injected: 'another user connects to the socket, lists and attaches',
  expected: 'refused by the permissions; they see no run; the run goes on',
  obstacle: needsRoot,
  async begin(stage) {
    const { run, path, before } = await attacked(stage);
    const as = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const script = `require('net').connect(${JSON.stringify(path)}).on('connect', () => console.log('in')).on('error', (e) => console.log(e.code))`;
    return async (_stream, number) => {
      const { stdout } = await promisify(execFile)(as[0]!, [...as.slice(1), process.execPath, '-e', script]);
      assert.equal(stdout.trim(), 'EACCES');
      if (number % 5 === 0) {
        const program = stage.start(['stop'], { before: as, cwd: '/' });
        await program.ended;
        assert(!program.out.includes(run.name), program.out);
      }
      await requireUnharmed(run, before);
    };
  },
};
