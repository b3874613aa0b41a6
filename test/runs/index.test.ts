import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { UserError } from '../../src/core/errors.ts';
import { listGoingRuns, listLiveRuns, untilListening } from '../../src/runs/index.ts';
import { type LiveRun, registerRun, runtimeFolders, unregisterRun } from '../../src/trainer/socket/live.ts';

const later: Clock = { ...systemClock, date: () => new Date(Date.now() + 3_600_000) };

let base: string;
let servers: Server[];
const at = (...parts: string[]): string => join(base, ...parts);

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'incline-'));
  for (const name of ['xdg', 'tmp', 'run']) mkdirSync(at(name), { mode: 0o700 });
  vi.stubEnv('XDG_RUNTIME_DIR', at('xdg'));
  vi.stubEnv('TMPDIR', at('tmp'));
  servers = [];
});
afterEach(() => {
  for (const server of servers) server.close();
  vi.unstubAllEnvs();
  rmSync(base, { recursive: true });
});

async function listenAt({ socket }: LiveRun): Promise<Server> {
  const server = createServer((client) => client.destroy());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return server;
}

/** The number of a process that has ended. */
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

describe('the index of live runs', () => {
  it('shows a run once its trainer listens, and no more after it has left', async () => {
    const live = await registerRun('yang', at('run'), systemClock);
    expect(await listLiveRuns()).toEqual([]);
    await listenAt(live);
    expect(await listLiveRuns()).toEqual([live]);
    expect(live).toMatchObject({ run: 'yang', dir: at('run'), pid: process.pid });
    await unregisterRun(live);
    expect(await listLiveRuns()).toEqual([]);
    expect(readdirSync(at('xdg', 'incline'))).toEqual([]);
  });

  it('lets no second trainer into a folder, by whatever path', async () => {
    const live = await registerRun('yang', at('run'), systemClock);
    symlinkSync(at('run'), at('link'));
    await expect(registerRun('yang', at('link'), systemClock)).rejects.toThrow(UserError);
    await listenAt(live);
    await expect(registerRun('yang', at('run'), later)).rejects.toThrow(/already being trained.*incline attach yang/);
    expect(await listLiveRuns()).toEqual([live]);
    expect(readdirSync(at('xdg', 'incline'))).toHaveLength(2);
  });

  it('forgets a trainer that was killed', async () => {
    const live = await registerRun('yang', at('run'), systemClock);
    const entry = live.socket.replace('.sock', '.json');
    writeFileSync(entry, JSON.stringify({ ...live, pid: deadPid() }));
    writeFileSync(live.socket, '');
    expect(await listLiveRuns()).toEqual([]);
    expect(existsSync(entry)).toBe(false);
    expect(existsSync(live.socket)).toBe(false);
    await registerRun('yang', at('run'), systemClock);
    writeFileSync(entry, JSON.stringify({ ...live, pid: deadPid() }));
    expect((await registerRun('yang', at('run'), systemClock)).pid).toBe(process.pid);
  });

  it('forgets one whose process number went to another program', async () => {
    const live = await registerRun('yang', at('run'), systemClock);
    expect(await listLiveRuns()).toEqual([]);
    expect(existsSync(live.socket.replace('.sock', '.json'))).toBe(true);
    await listLiveRuns(later);
    expect(existsSync(live.socket.replace('.sock', '.json'))).toBe(false);
  });

  it('knows of a run whose trainer starts, and waits until it listens', async () => {
    const live = await registerRun('yang', at('run'), systemClock);
    expect(await listGoingRuns()).toEqual([{ live, isStarting: true }]);
    const listening = untilListening(live);
    await listenAt(live);
    expect(await listening).toEqual(live);
    expect(await listGoingRuns()).toEqual([{ live, isStarting: false }]);
  });

  it('does not wait for a trainer that has stopped while it started', async () => {
    const live = await registerRun('yang', at('run'), systemClock);
    await expect(untilListening({ ...live, pid: deadPid() })).rejects.toThrow(/stopped while it started/);
  });

  it('believes no entry that is malformed or points elsewhere', async () => {
    const live = await registerRun('yang', at('run'), systemClock);
    await listenAt(live);
    writeFileSync(at('xdg', 'incline', 'a.json'), 'hello');
    writeFileSync(at('xdg', 'incline', 'b.json'), 'null');
    writeFileSync(at('xdg', 'incline', 'c.json'), JSON.stringify({ ...live, run: 'copy' }));
    expect(await listLiveRuns()).toEqual([live]);
  });

  it('finds runs of logins with and without XDG_RUNTIME_DIR', async () => {
    vi.stubEnv('XDG_RUNTIME_DIR', undefined);
    const live = await registerRun('yang', at('run'), systemClock);
    expect(live.socket.startsWith(at('tmp'))).toBe(true);
    await listenAt(live);
    vi.stubEnv('XDG_RUNTIME_DIR', at('xdg'));
    expect(await listLiveRuns()).toEqual([live]);
  });
});

describe('the folder of sockets', () => {
  const own = (): string => `incline-${process.getuid!()}`;

  it('is made for the user alone', async () => {
    expect(await runtimeFolders()).toEqual([at('xdg', 'incline'), at('tmp', own())]);
    for (const folder of [at('xdg', 'incline'), at('tmp', own())]) expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('is not one that others can enter', async () => {
    mkdirSync(at('xdg', 'incline'));
    chmodSync(at('xdg', 'incline'), 0o711);
    expect(await runtimeFolders()).not.toContain(at('xdg', 'incline'));
    expect((await registerRun('yang', at('run'), systemClock)).socket.startsWith(at('tmp'))).toBe(true);
  });

  it('is not a link, a file, a relative path or one too long for a socket', async () => {
    symlinkSync(at('run'), at('xdg', 'incline'));
    expect(await runtimeFolders()).not.toContain(at('xdg', 'incline'));
    mkdirSync(at('x'.repeat(80)));
    vi.stubEnv('XDG_RUNTIME_DIR', at('x'.repeat(80)));
    vi.stubEnv('TMPDIR', 'relative');
    expect(await runtimeFolders()).toEqual([]);
    await expect(registerRun('yang', at('run'), systemClock)).rejects.toThrow(/no safe folder.*TMPDIR/);
  });

  it.skipIf(process.getuid!() !== 0)('is not one of another user', async () => {
    mkdirSync(at('xdg', 'incline'), { mode: 0o700 });
    chownSync(at('xdg', 'incline'), 12345, 12345);
    expect(await runtimeFolders()).not.toContain(at('xdg', 'incline'));
  });
});
