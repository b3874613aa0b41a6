import { spawn } from 'node:child_process';
import { openOwn, readPlain } from '../core/plain_files.ts';

/** A process that outlives this one. */
export interface DetachedProcess {
  readonly pid: number | undefined;
  /** How it ended, if it did: its status, −1 where it could not be started or a signal ended it. */
  readonly ended: { readonly status: number; readonly signal: NodeJS.Signals | null } | undefined;
  /** The last line of its log. */
  lastWords(): string;
}

/** Largest log that is read for last words, in bytes. */
const longestLog = 2 ** 26;

/**
 * What keeps the resident size of a process steady that goes on for days. glibc would keep up to eight heaps a core for
 * its threads and give hardly any back: a third more within half a million tiny steps. V8's room for new objects, in MiB,
 * would swing between 3 and 48 with the load of the machine.
 */
const steady = { heaps: { MALLOC_ARENA_MAX: '1' }, flags: ['--min-semi-space-size=4', '--max-semi-space-size=4'] };

/**
 * Starts this program as a process of its own, which outlives this one; what it prints is added to a log.
 * @param program path of the program's entry file
 */
export async function startDetached(
  program: string,
  words: readonly string[],
  logFile: string,
): Promise<DetachedProcess> {
  const log = await openOwn(logFile, { append: true });
  const child = spawn(process.execPath, [...steady.flags, program, ...words], {
    detached: true,
    env: { ...steady.heaps, ...process.env },
    stdio: ['ignore', log.fd, log.fd],
  });
  await log.close();
  let ended: DetachedProcess['ended'];
  child.on('exit', (code, signal) => {
    ended = { status: code ?? -1, signal };
  });
  child.on('error', () => {
    ended = { status: -1, signal: null };
  });
  child.unref();
  return {
    pid: child.pid,
    get ended() {
      return ended;
    },
    lastWords() {
      const last = readPlain(logFile, longestLog).toString().trim().split('\n').at(-1) ?? '';
      return last.replace(/^incline: /, '');
    },
  };
}
