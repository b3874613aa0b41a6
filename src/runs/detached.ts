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
 * Starts this program as a process of its own, which outlives this one; what it prints is added to a log.
 * @param program path of the program's entry file
 */
export async function startDetached(
  program: string,
  words: readonly string[],
  logFile: string,
): Promise<DetachedProcess> {
  const log = await openOwn(logFile, { append: true });
  const child = spawn(process.execPath, [program, ...words], { detached: true, stdio: ['ignore', log.fd, log.fd] });
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
