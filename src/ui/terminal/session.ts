import type { ReadStream, WriteStream } from 'node:tty';
import { onSignals } from '../../core/signals.ts';

const enterAlternateScreen = '\x1b[?1049h\x1b[?25l';
/** Reports of buttons and wheel, in the form that has no largest column. */
const reportMouse = '\x1b[?1000h\x1b[?1006h';
const ignoreMouse = '\x1b[?1006l\x1b[?1000l';
/** Pasted text comes between marks, so that nobody takes it for keys. */
const markPastes = '\x1b[?2004h';
const leavePastes = '\x1b[?2004l';
const leaveAlternateScreen = '\x1b[0m\x1b[?2026l\x1b[?25h\x1b[?1049l';

export interface SessionEvents {
  /** The terminal has gone: nothing more can be shown. */
  onHangup(): void;
  /** Someone asks the program to end. */
  onTerminate(): void;
  /** The program is about to be stopped by job control, and has come back. */
  onSuspend(): void;
  onResume(): void;
  onResize(): void;
}

/** Holds the terminal for a full-screen program and gives it back however the program ends. */
export class Session {
  readonly #stdin: ReadStream;
  readonly #stdout: WriteStream;
  /** Of job control; those that end the program are as for every screen. */
  readonly #handlers: readonly (readonly [NodeJS.Signals, () => void])[];
  readonly #events: SessionEvents;
  readonly #mouse: boolean;
  #entered = false;
  #ignoreSignals: () => void = () => {};

  /** @param mouse whether the terminal is to report what the mouse does */
  constructor(stdin: ReadStream, stdout: WriteStream, events: SessionEvents, mouse: boolean) {
    this.#mouse = mouse;
    this.#stdin = stdin;
    this.#stdout = stdout;
    this.#events = events;
    this.#handlers = [
      ['SIGTSTP', () => this.suspend()],
      ['SIGCONT', () => this.#resume()],
      // Not the stream's `resize`, which tells of sizes that differ: a terminal that was small for a moment has lost what it showed.
      ['SIGWINCH', () => events.onResize()],
    ];
  }

  enter(): void {
    const { onHangup, onTerminate } = this.#events;
    this.#ignoreSignals = onSignals('screen', (meaning) => (meaning === 'vanish' ? onHangup() : onTerminate()));
    for (const [signal, handler] of this.#handlers) process.on(signal, handler);
    process.on('exit', this.#restore);
    this.#stdout.on('error', this.#events.onHangup);
    this.#stdin.on('error', this.#events.onHangup);
    this.#stdin.on('end', this.#events.onHangup);
    this.#take();
    // What fails before anyone listens is told to nobody later.
    if (this.#stdin.errored || this.#stdout.errored) setImmediate(onHangup);
  }

  /** Gives the terminal back; a second signal then ends the program at once, as by default. */
  leave(): void {
    this.#restore();
    // Not during a signal: Ink's listener comes next and, finding itself alone, would end the program by that signal.
    setImmediate(() => {
      this.#ignoreSignals();
      for (const [signal, handler] of this.#handlers) process.off(signal, handler);
    });
    process.off('exit', this.#restore);
    this.#stdin.off('error', this.#events.onHangup);
    this.#stdin.off('end', this.#events.onHangup);
  }

  /** Gives the terminal back and stops, with all of the process group that the shell knows as one job. */
  suspend(): void {
    this.#events.onSuspend();
    this.#restore();
    this.#stdin.setRawMode?.(false);
    for (const [signal, handler] of this.#handlers) if (signal === 'SIGTSTP') process.off(signal, handler);
    process.kill(0, 'SIGTSTP');
  }

  #resume(): void {
    for (const [signal, handler] of this.#handlers) {
      if (signal === 'SIGTSTP' && !process.listeners(signal).includes(handler)) process.on(signal, handler);
    }
    this.#stdin.setRawMode?.(true);
    this.#take();
    this.#events.onResume();
  }

  #take(): void {
    this.#entered = true;
    this.#stdout.write(enterAlternateScreen + markPastes + (this.#mouse ? reportMouse : ''));
  }

  readonly #restore = (): void => {
    if (!this.#entered) return;
    this.#entered = false;
    // The terminal may be gone already; then there is nothing to restore.
    if (!this.#stdout.writable || this.#stdout.errored) return;
    this.#stdout.write((this.#mouse ? ignoreMouse : '') + leavePastes + leaveAlternateScreen);
  };
}
