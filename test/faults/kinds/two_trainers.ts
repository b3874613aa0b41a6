import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { thisProcess } from '../../../src/core/process.ts';
import type { RandomStream } from '../../../src/core/random.ts';
import { wholeJournal } from '../checks.ts';
import { pick } from '../common.ts';
import type { Fault } from '../fault.ts';
import type { Stage } from '../stage.ts';

/** Makes a run of a few steps that has ended. @returns what makes a copy of it, to be gone on with, and gives its name */
async function ended(stage: Stage): Promise<() => string> {
  const first = stage.freshName();
  const made = await stage.run(...stage.headless(first, 20));
  assert.equal(made.status, 0, made.err);
  stage.hold(first);
  return () => {
    const name = stage.freshName();
    cpSync(stage.runFolder(first), stage.runFolder(name), { recursive: true });
    const file = join(stage.runFolder(name), 'run.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), run: name }));
    stage.touch(name);
    return name;
  };
}

const resuming = (name: string, steps: number): string[] => {
  const words = ['train', '--resume', name, '--in-place', '--headless', '--threads', '1', '--set', 'train.pace=300'];
  return [...words, '--steps', String(steps)];
};

export const twoTrainers: Fault = {
  name: 'two-trainers',
  injected:
    'two go on with one run in its folder at once, at any distance, half of them with different temporary folders',
  expected: 'one does, the other is refused in one line; no line of the journal is damaged',
  async begin(stage) {
    const other = stage.makeFolder('tmp2');
    const copy = await ended(stage);
    return async (stream, number) => {
      const name = copy();
      const elsewhere = { TMPDIR: other, XDG_RUNTIME_DIR: other };
      const first = stage.start(resuming(name, 200));
      await sleep(pick(stream, [0, 0, 600]) * stream.uniform());
      const second = stage.start(resuming(name, 200), { environment: number % 2 === 0 ? elsewhere : {} });
      await Promise.all([first.ended, second.ended]);
      const statuses = [first.status, second.status].sort();
      // Where the first ended before the second began, there is nothing left to do.
      assert.deepEqual(statuses, [0, 2], `${first.err}${second.err}`);
      const events = await wholeJournal(stage.runFolder(name));
      assert.equal(events.filter(({ type }) => type === 'run_started').length, 2);
    };
  },
};

/** Locks that a trainer which is gone, or an accident, leaves in the run's folder, by who held them. */
const leavings: Readonly<Record<string, (stream: RandomStream) => object>> = {
  dead: () => ({ ...thisProcess(), pid: 4_000_000, born: '1' }),
  'its number is another program’s': () => ({ ...thisProcess(), born: '1' }),
  'its number is that of the first process': () => ({ ...thisProcess(), pid: 1, born: '1' }),
  'before the machine was started anew': () => ({ ...thisProcess(), boot: 'another' }),
};

export const staleLocks: Fault = {
  name: 'stale-locks',
  injected:
    'locks, entries and sockets of trainers that are gone: dead, its number another program has now, before a restart',
  expected: 'they are taken over: the run goes on in its folder, and no list shows it as going before or after',
  async begin(stage) {
    const runtime = join(stage.folder, 'incline');
    const copy = await ended(stage);
    return async (stream) => {
      rmSync(runtime, { recursive: true, force: true });
      const name = copy();
      mkdirSync(runtime, { recursive: true, mode: 0o700 });
      const dir = stage.runFolder(name);
      const socket = join(runtime, `${createHash('sha256').update(dir).digest('hex').slice(0, 12)}.sock`);
      const kind = pick(stream, Object.keys(leavings));
      const date = new Date(Date.now() - 1000 * stream.integer(10 ** 6)).toISOString();
      const lock = { v: 1, id: randomUUID(), ...leavings[kind]!(stream), started: date, heartbeat: date, socket };
      writeFileSync(join(dir, 'lock.json'), `${JSON.stringify(lock)}\n`);
      writeFileSync(socket.replace('.sock', '.json'), JSON.stringify({ ...lock, run: name, dir }));
      await leaveSocket(socket);
      const stopped = await stage.run('stop', name);
      assert.equal(stopped.status, 2, `${kind}: it counts as going: ${stopped.out}`);
      const resumed = stage.start(resuming(name, 40));
      await resumed.ended;
      assert.equal(resumed.status, 0, `${kind}: ${resumed.err}`);
      assert(!existsSync(join(dir, 'lock.json')), `${kind}: a lock is left`);
    };
  },
};

/** A socket that nobody listens on. */
async function leaveSocket(path: string): Promise<void> {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await new Promise((resolve) => spawn(process.execPath, ['-e', script], { stdio: 'ignore' }).on('exit', resolve));
}
