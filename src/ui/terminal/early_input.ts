import type { ReadStream } from 'node:tty';

const interrupt = '\x03';

/**
 * Takes what is typed while nothing reads it yet, without an echo; ctrl+c is acted on at once. The function that comes back
 * ends this and leaves all that was typed for the next reader, in order.
 */
export function keepInput(stdin: ReadStream, onInterrupt: () => void): () => void {
  let typed = '';
  const take = (): void => {
    for (let chunk = stdin.read(); chunk !== null; chunk = stdin.read()) typed += chunk.toString();
    if (typed.includes(interrupt)) onInterrupt();
  };
  // A terminal that goes away meanwhile ends the program by its signal.
  const stay = (): void => {};
  stdin.ref();
  stdin.setRawMode(true);
  stdin.on('error', stay);
  stdin.on('readable', take);
  return () => {
    stdin.off('readable', take);
    stdin.off('error', stay);
    stdin.setRawMode(false);
    stdin.unref();
    if (typed !== '') stdin.unshift(typed);
  };
}
