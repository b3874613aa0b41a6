import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { goingAnywhere, goingFrom, goingIn } from '../../src/store/going.ts';
import { Presence, runtimeFolders } from '../../src/store/presence.ts';
import { RunLock } from '../../src/store/run_lock.ts';

let base: string;
let servers: Server[];
let present: Presence[];
const at = (...parts: string[]): string => join(base, ...parts);

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'incline-')));
  for (const name of ['xdg', 'tmp', 'runs']) mkdirSync(at(name), { mode: 0o700 });
  mkdirSync(at('runs', 'yang'));
  vi.stubEnv('XDG_RUNTIME_DIR', at('xdg'));
  vi.stubEnv('TMPDIR', at('tmp'));
  servers = [];
  present = [];
});
afterEach(async () => {
  for (const one of present) await one.release();
  for (const server of servers) server.close();
  vi.useRealTimers();
  vi.unstubAllEnvs();
  rmSync(base, { recursive: true });
});

/** A run that is trained by this process. */
async function going(isWatched = true): Promise<Presence> {
  const lock = await RunLock.acquire(at('runs', 'yang'), { clock: systemClock });
  try {
    const presence = await Presence.announce('yang', lock, isWatched);
    present.push(presence);
    return presence;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function listenAt(socket: string): Promise<void> {
  const server = createServer((client) => client.destroy());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
}

const entries = (): string[] => readdirSync(at('xdg', 'incline')).filter((name) => name.endsWith('.json'));

describe('runs that are going', () => {
  it('are found by their locks and by the index, once, until they end', async () => {
    const presence = await going();
    const run = { run: 'yang', dir: at('runs', 'yang'), lock: { pid: process.pid } };
    for (const find of [() => goingIn(at('runs')), goingAnywhere, () => goingFrom(at('runs'))]) {
      expect(await find()).toMatchObject([run]);
    }
    expect((await goingIn(at('runs')))[0]!.lock.socket).toBeUndefined();
    await listenAt(presence.socket!);
    await presence.keep(async () => undefined);
    expect((await goingIn(at('runs')))[0]!.lock.socket).toBe(presence.socket);
    await presence.release();
    expect(await goingFrom(at('runs'))).toEqual([]);
    expect(readdirSync(at('xdg', 'incline'))).toEqual([]);
    expect(readdirSync(at('runs', 'yang'))).toEqual([]);
  });

  it('are found through a link to their folder, and where that was moved', async () => {
    await going();
    symlinkSync(at('runs'), at('link'));
    expect(await goingFrom(at('link'))).toHaveLength(1);
    renameSync(at('runs', 'yang'), at('moved'));
    expect(await goingAnywhere()).toMatchObject([{ dir: at('runs', 'yang') }]);
  });

  it('put entry and socket back where a cleaner takes them, and keep them young', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const presence = await going();
    await listenAt(presence.socket!);
    let again = 0;
    await presence.keep(async () => {
      again++;
      writeFileSync(presence.socket!, '');
    });
    const [entry] = entries();
    utimesSync(at('xdg', 'incline', entry!), 0, 0);
    vi.advanceTimersByTime(10_000);
    await vi.waitFor(() => expect(statSync(at('xdg', 'incline', entry!)).mtimeMs).toBeGreaterThan(1e12));
    rmSync(at('xdg', 'incline'), { recursive: true });
    vi.advanceTimersByTime(10_000);
    await vi.waitFor(() => expect(entries()).toEqual([entry]));
    await vi.waitFor(() => expect(again).toBe(1));
    expect(statSync(at('xdg', 'incline')).mode & 0o777).toBe(0o700);
  });

  it('are struck off the index when their process is gone', async () => {
    await going();
    const entry = at('xdg', 'incline', entries()[0]!);
    const [{ lock, ...run }] = (await goingAnywhere()) as [Awaited<ReturnType<typeof goingAnywhere>>[number]];
    // Another process has the number now.
    writeFileSync(entry, JSON.stringify({ ...lock, ...run, born: '12' }));
    writeFileSync(at('runs', 'yang', 'lock.json'), JSON.stringify({ ...lock, born: '12' }));
    expect(await goingAnywhere()).toEqual([]);
    expect(existsSync(entry)).toBe(false);
  });

  it('are not what a malformed entry says', async () => {
    await going();
    writeFileSync(at('xdg', 'incline', 'a.json'), 'hello');
    writeFileSync(at('xdg', 'incline', 'b.json'), 'null');
    writeFileSync(at('xdg', 'incline', 'c.json'), JSON.stringify({ run: 'copy', dir: '/', pid: 1 }));
    expect(await goingAnywhere()).toHaveLength(1);
  });

  it('of logins with and without XDG_RUNTIME_DIR are found', async () => {
    vi.stubEnv('XDG_RUNTIME_DIR', undefined);
    const { socket } = await going();
    expect(socket!.startsWith(at('tmp'))).toBe(true);
    vi.stubEnv('XDG_RUNTIME_DIR', at('xdg'));
    expect(await goingAnywhere()).toHaveLength(1);
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
    expect((await going()).socket!.startsWith(at('tmp'))).toBe(true);
  });

  it('is not a link, a file, a relative path or one too long for a socket', async () => {
    symlinkSync(at('runs'), at('xdg', 'incline'));
    expect(await runtimeFolders()).not.toContain(at('xdg', 'incline'));
    mkdirSync(at('x'.repeat(80)));
    vi.stubEnv('XDG_RUNTIME_DIR', at('x'.repeat(80)));
    vi.stubEnv('TMPDIR', 'relative');
    expect(await runtimeFolders()).toEqual([]);
    await expect(going()).rejects.toThrow(/no safe folder.*TMPDIR/);
    expect((await going(false)).socket).toBeUndefined();
    expect((await goingIn(at('runs')))[0]!.lock.socket).toBe(null);
  });

  it.skipIf(process.getuid!() !== 0)('is not one of another user', async () => {
    mkdirSync(at('xdg', 'incline'), { mode: 0o700 });
    chownSync(at('xdg', 'incline'), 12345, 12345);
    expect(await runtimeFolders()).not.toContain(at('xdg', 'incline'));
  });
});
