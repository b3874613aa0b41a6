import { Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { type Instance, render } from 'ink';
import { writeLines } from '../../core/visible.ts';
import type { Paint, Row } from '../terminal/cells.ts';
import { FrameOutput } from '../terminal/frame_output.ts';
import { dieOfHangup } from '../terminal/hangup.ts';
import { Keyboard } from '../terminal/keyboard.tsx';
import { Pastes, type Piece } from '../terminal/pastes.ts';
import { Session, type SessionEvents } from '../terminal/session.ts';
import type { ScreenAction } from './action.ts';
import type { Guard } from './faults.ts';
import { Faults } from './faults.ts';
import type { Size } from './size.ts';

export interface FullScreenOptions {
  readonly stdin?: ReadStream;
  readonly stdout?: WriteStream;
  /** Whether the terminal is asked to report what the mouse does. */
  readonly mouse?: boolean;
  dispatch(action: ScreenAction): void;
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
  /** Keeps what fails to be drawn, to be told on the terminal once it is given back. */
  readonly guard: Guard;
  /** Shows rows, from the top. */
  show(rows: readonly Row[], paint: Paint): void;
  /** Stops the program by job control; the shell's `fg` goes on. */
  suspend(): void;
  /** Gives the terminal back. */
  close(): void;
}

/** What Ink writes to: frames pass it by. A width keeps Ink from asking the system for one. */
function nowhere(): WriteStream {
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
  return Object.assign(sink, { columns: 80, rows: 24 }) as unknown as WriteStream;
}

/** The same input without what was pasted, which is told in its place among the keys. */
function withoutPastes(stdin: ReadStream, onPaste: (text: string) => void): ReadStream {
  const pastes = new Pastes();
  const pieces: Piece[] = [];
  const read = (): string | null => {
    for (;;) {
      const piece = pieces.shift();
      if (piece && 'keys' in piece) return piece.keys;
      if (piece) onPaste(piece.paste);
      else {
        const chunk: unknown = stdin.read();
        if (chunk === null) return null;
        pieces.push(...pastes.piecesOf(String(chunk)));
      }
    }
  };
  return new Proxy(stdin, {
    get(_, property) {
      if (property === 'read') return read;
      const value: unknown = Reflect.get(stdin, property);
      return typeof value === 'function' ? value.bind(stdin) : value;
    },
  });
}

/** Takes the terminal until `close`; it is given back on a crash and on signals as well. */
export function openFullScreen(options: FullScreenOptions): FullScreen {
  const { stdin = process.stdin, stdout = process.stdout, mouse = false, dispatch, onHangup = dieOfHangup } = options;
  const size = (): Size => ({ columns: stdout.columns, rows: stdout.rows });
  let closed = false;
  let ink: Instance | undefined;
  const output = new FrameOutput(stdout);
  const faults = new Faults();
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
      dispatch({ type: 'resized', size: size() });
      options.onRedraw();
    },
  };
  const session = new Session(stdin, stdout, events, mouse);
  const keyboard = (
    <Keyboard
      onKey={(key) => dispatch({ type: 'key', key })}
      onMouse={mouse ? (report) => dispatch({ type: 'mouse', ...report }) : undefined}
    />
  );
  session.enter();
  const typed = withoutPastes(stdin, (text) => dispatch({ type: 'paste', text }));
  ink = render(keyboard, { stdin: typed, stdout: nowhere(), exitOnCtrlC: false, patchConsole: false });
  // A terminal that has gone tells so while Ink takes it.
  if (closed) ink.unmount();
  ink.waitUntilExit().catch((error: unknown) => {
    close();
    options.onError(error);
  });

  function close(): void {
    if (closed) return;
    closed = true;
    output.close();
    ink?.unmount();
    session.leave();
    const report = faults.report();
    if (report !== '') writeLines(process.stderr, report.trimEnd().split('\n'));
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
    guard: faults.guard,
    show: (rows, paint) => output.show(rows, paint),
    suspend: () => session.suspend(),
    close,
  };
}
