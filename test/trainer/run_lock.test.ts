import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { thisProcess } from '../../src/core/process.ts';
import { holderOf, type LockRecord, readLock } from '../../src/store/lock_record.ts';
import { RunLock, releaseJob } from '../../src/store/run_lock.ts';
import { isEarlierStart, ownJob } from '../../src/store/scheduled_job.ts';
import { builtModule } from '../built_module.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'incline-lock-'));
  path = join(folder, 'lock.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const acquire = (more: object = {}) => RunLock.acquire(folder, { clock: systemClock, ...more });
const minutes = 60_000;

/** The lock of another host, with its last sign of life so many milliseconds ago. */
function fromAlpha(age: number): LockRecord {
  const date = new Date(Date.now() - age).toISOString();
  return { v: 1, id: '00000000-0000-4000-8000-000000000000', host: 'alpha', pid: 7, started: date, heartbeat: date };
}
const write = (lock: object): void => writeFileSync(path, JSON.stringify(lock));

/** A clock whose waits pass at once. */
function hurried(onSleep: () => void = () => undefined): Clock {
  let ahead = 0;
  return {
    now: () => ahead,
    date: () => new Date(),
    sleep: async (time) => {
      ahead += time;
      onSleep();
    },
  };
}

describe('the lock of a run', () => {
  it('means nothing in a copy of the folder, and nothing is written where another folder was put', async () => {
    const lock = await acquire();
    const copy = `${folder}-copy`;
    const moved = `${folder}-moved`;
    try {
      cpSync(folder, copy, { recursive: true });
      expect(holderOf(folder, systemClock)).toBeDefined();
      expect(holderOf(copy, systemClock)).toBeUndefined();
      await (await RunLock.acquire(copy, { clock: systemClock })).release();
      renameSync(folder, moved);
      expect(() => lock.verify()).not.toThrow();
      mkdirSync(folder);
      expect(() => lock.verify()).toThrow(/was moved away, and another stands here/);
      await lock.renew();
      expect(readdirSync(folder)).toEqual([]);
      rmSync(folder, { recursive: true });
      renameSync(moved, folder);
      expect(() => lock.verify()).not.toThrow();
      await lock.release();
    } finally {
      for (const one of [copy, moved]) rmSync(one, { recursive: true, force: true });
    }
  });

  it('is had by one at a time, says who has it, and is gone when given back', async () => {
    const lock = await acquire();
    expect(readLock(path)).toMatchObject({ v: 1, ...thisProcess() });
    await expect(acquire()).rejects.toThrow(new RegExp(`being trained by process ${process.pid} of .* since 20`));
    await expect(acquire({ force: true })).rejects.toThrow(/being trained/);
    await lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('gives signs of life in place, and says where the trainer listens', async () => {
    const date = new Date(2061, 1);
    const lock = await acquire({ clock: { ...systemClock, date: () => date } });
    date.setFullYear(2062);
    await lock.tell('/some/where.sock');
    await lock.renew();
    expect(readLock(path)).toMatchObject({ socket: '/some/where.sock', heartbeat: expect.stringMatching(/^2062/) });
  });

  it('is put back where somebody removes it, and is lost to one who comes first', async () => {
    const lock = await acquire();
    rmSync(path);
    lock.verify();
    await lock.renew();
    expect(readLock(path)?.id).toBe(lock.record.id);
    let lost = 0;
    lock.onLost = () => lost++;
    rmSync(path);
    const next = await acquire();
    expect(() => lock.verify()).toThrow(/has taken this run over/);
    await expect(lock.renew()).rejects.toThrow(/has taken this run over/);
    expect(lost).toBe(1);
    await lock.release();
    expect(readLock(path)?.id).toBe(next.record.id);
  });

  it('goes on with the process that is started for it', async () => {
    const lock = await acquire();
    const next = await acquire({ after: lock.record.id });
    await lock.release();
    expect(readLock(path)?.id).toBe(next.record.id);
  });

  it('of a process that is gone is taken over: dead, its number reused, or the machine started anew', async () => {
    const mine = (await acquire()).record;
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    for (const gone of [{ pid: dead }, { born: '12' }, { boot: 'another' }]) {
      write({ ...mine, ...gone });
      expect(holderOf(folder, systemClock)).toBeUndefined();
      await (await acquire()).release();
    }
  });

  it('of a zombie is taken over', async () => {
    // A shell that does not wait for its child, which has ended.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)));
    const isZombie = (): boolean => / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    while (!isZombie()) await systemClock.sleep(10);
    const { born: _, ...mine } = thisProcess();
    write({ ...fromAlpha(0), ...mine, pid });
    await acquire();
    parent.kill('SIGKILL');
  });

  it('of another host holds for five minutes without a sign of life, and longer while it gives some', async () => {
    write(fromAlpha(4 * minutes));
    await expect(acquire()).rejects.toThrow(/process 7 of alpha since .*5 minutes.*--force/);
    write(fromAlpha(6 * minutes));
    expect(holderOf(folder, systemClock)).toBeUndefined();
    const told: string[] = [];
    const clock = hurried();
    // The clock of its host is behind: it goes on giving signs of life.
    const beating = hurried(() => write(fromAlpha(6 * minutes - clock.now())));
    await expect(acquire({ clock: beating })).rejects.toThrow(/alpha/);
    write(fromAlpha(6 * minutes));
    await acquire({ clock, onWait: (message: string) => told.push(message) });
    expect(told).toEqual([expect.stringMatching(/no sign of life since .*watching its lock for 30 s/)]);
    // Or ahead.
    write(fromAlpha(-6 * minutes));
    await acquire({ clock: hurried() });
  });

  it('of another host is taken at once where that is forced', async () => {
    write(fromAlpha(0));
    await acquire({ force: true });
    expect(readLock(path)).toMatchObject(thisProcess());
  });

  it('of a job on another host ends with the job: by who was told so, and by that job when it is started again', async () => {
    const env = { SLURM_JOB_ID: '15', SLURM_ARRAY_JOB_ID: '12', SLURM_ARRAY_TASK_ID: '3' };
    expect(ownJob(env)).toEqual({ job: '12_3', restarts: 0 });
    expect(ownJob({ SLURM_JOB_ID: '15' })).toEqual({ job: '15', restarts: 0 });
    expect([ownJob({}), ownJob({ SLURM_JOB_ID: 'x' })]).toEqual([{}, {}]);
    write({ ...fromAlpha(0), ...ownJob(env) });
    await releaseJob(folder, '12_4', systemClock);
    await expect(acquire()).rejects.toThrow(/alpha/);
    await releaseJob(folder, '12_3', systemClock);
    await (await acquire()).release();

    write({ ...fromAlpha(0), ...ownJob(env) });
    Object.assign(process.env, env);
    try {
      await expect(acquire()).rejects.toThrow(/alpha/);
      process.env['SLURM_RESTART_COUNT'] = '1';
      expect((await acquire()).record).toMatchObject({ job: '12_3', restarts: 1 });
    } finally {
      for (const name of [...Object.keys(env), 'SLURM_RESTART_COUNT']) delete process.env[name];
    }
    expect(isEarlierStart({}, {})).toBe(false);
  });

  it('of a job here that goes on stays, whatever is said of the job', async () => {
    const lock = await acquire();
    write({ ...lock.record, job: '12_3' });
    await releaseJob(folder, '12_3', systemClock);
    expect(readLock(path)?.id).toBe(lock.record.id);
  });

  it('is none where it cannot be read: refused for a while, never followed', async () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'mine');
    for (const make of [
      () => writeFileSync(path, '{"v":1,"id":"../../x"}'),
      () => symlinkSync(victim, path),
      () => spawnSync('sh', ['-c', 'mkfifo "$0"', path]),
      () => mkdirSync(path),
    ]) {
      make();
      await expect(acquire()).rejects.toThrow(/no lock that can be read.*--force/);
      rmSync(path, { recursive: true });
    }
    symlinkSync(victim, path);
    await (await acquire({ force: true })).release();
    expect(readFileSync(victim, 'utf8')).toBe('mine');
  });
});

/** Waits for its turn, then asks for the lock once a round, and tells who had it. */
const starter = `
import { appendFileSync } from 'node:fs';
const { RunLock } = await import(process.argv[1]);
const [, , base, tally, begin, rounds] = process.argv;
for (let round = 0; round < Number(rounds); round++) {
  const folder = base + '/' + round;
  while (Date.now() < Number(begin) + 200 * round);
  try {
    await RunLock.acquire(folder, { clock: { now: () => 0, date: () => new Date(), sleep: async () => {} } });
    appendFileSync(tally, round + ' ' + process.pid + '\\n');
  } catch (error) {
    if (!/being trained/.test(error.message)) appendFileSync(tally, 'odd ' + error.stack + '\\n');
  }
}
// Whoever has a lock has it as long as it lives.
process.stdout.write('done');
process.stdin.resume();
`;

it('of twenty processes that ask for the lock of a dead one at once, one gets it, fifteen times', async () => {
  const rounds = 15;
  const dead = { ...fromAlpha(0), ...thisProcess(), pid: spawnSync(process.execPath, ['-e', '']).pid };
  for (let round = 0; round < rounds; round++) {
    mkdirSync(join(folder, String(round)));
    // A third of them have no lock at all yet.
    if (round % 3 > 0) writeFileSync(join(folder, String(round), 'lock.json'), JSON.stringify(dead));
  }
  const tally = join(folder, 'tally');
  appendFileSync(tally, '');
  const built = builtModule('src/store/run_lock.ts', join(folder, 'built'));
  // What the program knows of its package it reads above its own folder.
  writeFileSync(join(folder, 'built', 'package.json'), JSON.stringify({ version: '0.0.0', type: 'module' }));
  const words = [built, folder, tally, String(Date.now() + 5000), String(rounds)];
  const processes = Array.from({ length: 20 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', starter, ...words], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  await Promise.all(processes.map(({ stdout }) => once(stdout, 'data')));
  for (const { stdin } of processes) stdin.end();
  await Promise.all(processes.map((child) => once(child, 'exit')));
  const winners = readFileSync(tally, 'utf8').trim().split('\n');
  expect(winners.map((line) => line.split(' ')[0]).sort()).toEqual(
    Array.from({ length: rounds }, (_, i) => `${i}`).sort(),
  );
  for (let round = 0; round < rounds; round++) expect(readdirSync(join(folder, String(round)))).toEqual(['lock.json']);
}, 120_000);
