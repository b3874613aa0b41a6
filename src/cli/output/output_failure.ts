import { exitCode } from './exit.ts';
import { tell } from './output.ts';

/** Why standard output could not be written, first of all; said once. */
let failure: NodeJS.ErrnoException | undefined;
let isSaid = false;

/** Keeps a standard output or error that cannot be written from ending the program with a stack trace. */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    failure ??= error;
  });
  process.stderr.on('error', () => undefined);
}

/** Whether whoever read standard output has gone: `| head -1`, a closed terminal. That is no error. */
export function isClosed({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'EIO';
}

/** Says on standard error that standard output cannot be written, and what that means. */
export function sayOutputFailed(error: NodeJS.ErrnoException, meaning: string): void {
  isSaid = true;
  tell(`incline: standard output cannot be written (${error.message}); ${meaning}`);
}

/** The exit status of a command that ended with `code`: what it printed may not have got anywhere. */
export function statusAfter(code: number): number {
  if (!failure || isClosed(failure)) return code;
  if (!isSaid) sayOutputFailed(failure, 'make room or print somewhere else');
  return code === exitCode.done ? exitCode.userError : code;
}
