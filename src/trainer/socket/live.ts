import { createHash, randomUUID } from 'node:crypto';
import { link, lstat, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';

/** A run that is being trained now, as other processes of the user find it. */
export interface LiveRun {
  readonly run: string;
  /** The run's folder, resolved. */
  readonly dir: string;
  readonly pid: number;
  /** Path of the trainer's socket. */
  readonly socket: string;
  /** ISO date. */
  readonly started: string;
}

export type Liveness = 'listening' | 'starting' | 'gone';

/** The kernel's limit is 104 to 108 bytes, depending on the system. */
const longestSocketPath = 100;

/** How long a trainer may take from registering to listening, in milliseconds: it makes its programs meanwhile. */
const startingTime = 300_000;

/**
 * Enters a run into the index of live runs before its trainer listens, so that no two work in one folder.
 * @throws UserError when a trainer already works in that folder, or there is no safe place for sockets
 */
export async function registerRun(run: string, folder: string, clock: Clock): Promise<LiveRun> {
  const dir = await realpath(folder);
  const id = createHash('sha256').update(dir).digest('hex').slice(0, 12);
  const [runtime] = await runtimeFolders();
  if (!runtime) {
    throw new UserError({
      what: 'no safe folder for sockets',
      fix: 'set TMPDIR to a folder of your own with a short path',
    });
  }
  const socket = join(runtime, `${id}.sock`);
  const live: LiveRun = { run, dir, pid: process.pid, socket, started: clock.date().toISOString() };
  const entry = entryOf(live);
  const draft = `${entry}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(live), { mode: 0o600, flag: 'wx' });
  try {
    // A link appears at once and whole, and fails when another has come first.
    for (let attempt = 0; attempt < 2; attempt++) {
      if (await link(draft, entry).then(() => true, isTaken)) return live;
      const other = await readLiveRun(entry);
      if (other && (await liveness(other, clock)) !== 'gone') {
        throw new UserError({
          where: dir,
          what: `already being trained (process ${other.pid})`,
          fix: `watch it with: incline attach ${other.run}`,
        });
      }
      await rm(entry, { force: true });
    }
    throw new UserError({ where: dir, what: 'another trainer has just started here' });
  } finally {
    await rm(draft, { force: true });
  }
}

/** Takes a run out of the index: it has ended, or its process is gone. */
export async function unregisterRun(live: LiveRun): Promise<void> {
  await rm(live.socket, { force: true });
  await rm(entryOf(live), { force: true });
}

/** The run that an index file names; undefined when it is not such a file. */
export async function readLiveRun(entry: string): Promise<LiveRun | undefined> {
  try {
    const value = JSON.parse(await readFile(entry, 'utf8')) as LiveRun;
    const { run, dir, pid, socket, started } = value;
    const isEntry = [run, dir, socket, started].every((text) => typeof text === 'string') && Number.isInteger(pid);
    return isEntry && entryOf(value) === entry ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the trainer of an entry still is there. */
export async function liveness({ pid, socket, started }: LiveRun, clock: Clock): Promise<Liveness> {
  if (await accepts(socket)) return 'listening';
  // Its process number may have gone to another program since.
  const isYoung = clock.date().getTime() - Date.parse(started) < startingTime;
  return isYoung && isAlive(pid) ? 'starting' : 'gone';
}

/**
 * Folders that hold index and sockets, the one for new runs first: `$XDG_RUNTIME_DIR/incline`, else
 * `<temporary folder>/incline-<user>`. Both are searched, since not every login sets the variable. Unsafe ones (of
 * another user, or open to others) are left out.
 */
export async function runtimeFolders(): Promise<string[]> {
  const user = process.getuid?.() ?? 0;
  const candidates = [join(process.env['XDG_RUNTIME_DIR'] ?? '', 'incline'), join(tmpdir(), `incline-${user}`)];
  const safe: string[] = [];
  for (const folder of candidates) if (isAbsolute(folder) && (await isSafe(folder, user))) safe.push(folder);
  return safe;
}

async function isSafe(folder: string, user: number): Promise<boolean> {
  if (Buffer.byteLength(join(folder, '0123456789ab.sock')) >= longestSocketPath) return false;
  await mkdir(folder, { mode: 0o700 }).catch(() => undefined);
  const info = await lstat(folder).catch(() => undefined);
  return info?.isDirectory() === true && info.uid === user && (info.mode & 0o077) === 0;
}

function entryOf({ socket }: LiveRun): string {
  return socket.replace(/\.sock$/, '.json');
}

function isTaken(error: NodeJS.ErrnoException): false {
  if (error.code === 'EEXIST') return false;
  throw error;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function accepts(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
