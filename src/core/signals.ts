import inspector from 'node:inspector';

export const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
export type Signal = (typeof signals)[number];

/** What a signal may do, in words. */
export const meanings = {
  save: 'finishes the step, saves, ends with status 130; a second one ends it at once',
  leave: 'gives the terminal back and ends with status 130; the run goes on',
  vanish: 'ends at once; the run goes on',
  stay: 'goes on',
} as const;
type Meaning = keyof typeof meanings;

/** A kind of process, and what signals mean to it. Every other command ends by a signal as programs do. */
interface Reaction {
  readonly who: string;
  readonly hangup: Meaning;
  readonly others: Meaning;
}

/** What each signal does to each kind of process: the one place that says so. */
export const reactions = {
  headless: {
    who: '`train` without a screen (`--headless`, `--json`, no terminal), `sweep` and `reproduce` so with their runs',
    hangup: 'save',
    others: 'save',
  },
  trainer: { who: 'the trainer of a run with a screen, the process of such a sweep', hangup: 'stay', others: 'save' },
  screen: { who: 'a screen', hangup: 'vanish', others: 'leave' },
} as const satisfies Record<string, Reaction>;

/** Acts on the signals of a process of this kind until the function that comes back is called. */
export function onSignals(kind: keyof typeof reactions, act: (meaning: Meaning, signal: Signal) => void): () => void {
  const { hangup, others } = reactions[kind];
  const handlers = signals.map((signal) => {
    const meaning = signal === 'SIGHUP' ? hangup : others;
    return [signal, () => meaning !== 'stay' && act(meaning, signal)] as const;
  });
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}

/** Signals this close together are one wish: a key reaches a program both from the terminal and by way of npm. In milliseconds. */
const together = 250;

/**
 * The wish to save and end of a process that trains, as signals tell it: the abort's reason is the signal. A second signal
 * ends the process at once.
 */
export function untilTold(kind: 'headless' | 'trainer', endAtOnce: () => void): AbortController {
  const told = new AbortController();
  let first = 0;
  onSignals(kind, (_, signal) => {
    if (!told.signal.aborted) {
      first = performance.now();
      told.abort(signal);
    } else if (performance.now() - first > together) endAtOnce();
  });
  return told;
}

/**
 * Gives SIGUSR1 its own meaning back, which is to end the program: Node's is to open a port through which anybody on this
 * machine can run code in it. One that was opened before the program had begun is closed. To be called first of all.
 */
export function refuseDebugger(): void {
  const ignore = (): void => {};
  process.on('SIGUSR1', ignore);
  process.off('SIGUSR1', ignore);
  const isWanted = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].some((word) => word.includes('--inspect'));
  if (isWanted) return;
  const close = (): void => {
    if (inspector.url() === undefined) return;
    inspector.close();
    process.kill(process.pid, 'SIGUSR1');
  };
  close();
  // Node opens it from a thread of its own, a little later than it was told to.
  setTimeout(close, 50).unref();
}
