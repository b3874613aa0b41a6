import type { ReadStream } from 'node:tty';

const interrupt = '\x03';

/**
 * Takes what is typed while nothing reads it yet, without an echo; ctrl+c is acted on at once. The function that comes back
 * ends this and leaves all that was typed for the next reader, in order.
 * @param onHangup told that the terminal has gone; where that comes with a signal, that one may be first
 */
export function keepInput(stdin: ReadStream, onInterrupt: () => void, onHangup: () => void): () => void {
  let typed = '';
  const take = (): void => {
    for (let chunk = stdin.read(); chunk !== null; chunk = stdin.read()) typed += chunk.toString();
    if (typed.includes(interrupt)) onInterrupt();
  };
  stdin.ref();
  stdin.on('error', onHangup);
  stdin.setRawMode(true);
  stdin.on('readable', take);
  return () => {
    stdin.off('readable', take);
    if (!stdin.errored) stdin.setRawMode(false);
    stdin.off('error', onHangup);
    stdin.unref();
    if (typed !== '') stdin.unshift(typed);
  };
}
