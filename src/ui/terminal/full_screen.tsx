import { Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { render } from 'ink';
import type { MouseReport } from '../keys/mouse_reports.ts';
import type { Size } from '../state/model.ts';
import { FrameOutput } from './frame_output.ts';
import { Keyboard } from './keyboard.tsx';
import { Session, type SessionEvents } from './session.ts';

export interface FullScreenOptions {
  readonly stdin?: ReadStream;
  readonly stdout?: WriteStream;
  onKey(key: string): void;
  /** The terminal is asked to report what the mouse does only when there is someone to tell. */
  readonly onMouse?: ((report: MouseReport) => void) | undefined;
  onResize(size: Size): void;
  /** Everything has to be drawn again: the terminal was away, or has another size. */
  onRedraw(): void;
  /** Someone asks the program to end. */
  onTerminate(): void;
  /** Called when the terminal has gone, after it was given back; must not return to normal business. */
  readonly onHangup?: (() => void) | undefined;
  onError(error: unknown): void;
}

/** The terminal as a full-screen program uses it. */
export interface FullScreen {
  readonly size: Size;
  /** Frames and bytes sent since the start. */
  readonly frames: number;
  readonly bytes: number;
  /** Shows rows of text, from the top. */
  show(rows: readonly string[]): void;
  /** Stops the program by job control; the shell's `fg` goes on. */
  suspend(): void;
  /** Gives the terminal back. */
  close(): void;
}

/** Ends the program as SIGHUP does by default; `process.exit` would abort on a terminal that has gone (seen with Node 20). */
function dieOfHangup(): void {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}

/** What Ink writes to: frames pass it by. A width keeps Ink from asking the system for one. */
function nowhere(): WriteStream {
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
  return Object.assign(sink, { columns: 80, rows: 24 }) as unknown as WriteStream;
}

/** Takes the terminal until `close`; it is given back on a crash and on signals as well. */
export function openFullScreen(options: FullScreenOptions): FullScreen {
  const { stdin = process.stdin, stdout = process.stdout, onMouse, onHangup = dieOfHangup } = options;
  const size = (): Size => ({ columns: stdout.columns, rows: stdout.rows });
  let closed = false;
  const output = new FrameOutput(stdout);
  const events: SessionEvents = {
    onHangup: () => {
      close();
      onHangup();
    },
    onTerminate: () => options.onTerminate(),
    onSuspend: () => output.close(),
    onResume: () => {
      output.reopen();
      options.onRedraw();
    },
    onResize: () => {
      output.invalidate();
      options.onResize(size());
      options.onRedraw();
    },
  };
  const session = new Session(stdin, stdout, events, onMouse !== undefined);
  const keyboard = <Keyboard onKey={(key) => options.onKey(key)} onMouse={onMouse} />;
  session.enter();
  const ink = render(keyboard, { stdin, stdout: nowhere(), exitOnCtrlC: false, patchConsole: false });
  ink.waitUntilExit().catch((error: unknown) => {
    close();
    options.onError(error);
  });

  function close(): void {
    if (closed) return;
    closed = true;
    output.close();
    ink.unmount();
    session.leave();
  }

  return {
    get size() {
      return size();
    },
    get frames() {
      return output.frames;
    },
    get bytes() {
      return output.bytes;
    },
    show: (rows) => output.show(rows),
    suspend: () => session.suspend(),
    close,
  };
}
