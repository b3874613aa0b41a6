import { Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { render } from 'ink';
import type { RunSource } from '../runs/source.ts';
import type { RunState } from '../runs/state.ts';
import { FrameOutput } from './frame_output.ts';
import type { Choice, Size } from './model.ts';
import { initialModel } from './model.ts';
import { Runtime } from './runtime.ts';
import { Screen } from './screen.tsx';
import { Session } from './session.ts';
import type { Preferences } from './terminal.ts';
import { chooseLook } from './terminal.ts';

export interface ShowRunOptions {
  /** Live or replayed; it stays open, closing it is for the caller. */
  readonly source: RunSource;
  readonly preferences?: Preferences;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: ReadStream;
  readonly stdout?: WriteStream;
  /** Called when the terminal has gone; must not return to normal business. */
  readonly onHangup?: () => void;
}

export interface ShowRunResult {
  readonly choice: Choice;
  readonly state: RunState;
}

/** Ends the program as SIGHUP does by default; `process.exit` would abort on a terminal that has gone (seen with Node 20). */
function dieOfHangup(): void {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}

/** What Ink writes to: the screen paints itself. A width keeps Ink from asking the system for one. */
function nowhere(): WriteStream {
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
  return Object.assign(sink, { columns: 80, rows: 24 }) as unknown as WriteStream;
}

/** Shows a run until it is left. The terminal is given back on return, on a crash, and on signals. */
export function showRun(options: ShowRunOptions): Promise<ShowRunResult> {
  const { source, environment = process.env, stdin = process.stdin, stdout = process.stdout } = options;
  const { onHangup = dieOfHangup } = options;
  const size = (): Size => ({ columns: stdout.columns, rows: stdout.rows });
  return new Promise((resolve, reject) => {
    let closed = false;
    const output = new FrameOutput(stdout);
    const runtime = new Runtime(initialModel(size(), chooseLook(environment, options.preferences)), source, {
      show: (rows) => ink.rerender(screen(rows)),
      leave,
      suspend: () => session.suspend(),
      get frames() {
        return output.frames;
      },
      get bytes() {
        return output.bytes;
      },
    });
    const session = new Session(stdin, stdout, {
      onHangup: () => {
        close();
        onHangup();
      },
      onTerminate: () => leave('detach'),
      onSuspend: () => output.close(),
      onResume: () => {
        output.reopen();
        runtime.redraw();
      },
      onResize: () => {
        output.invalidate();
        runtime.dispatch({ type: 'resized', size: size() });
        runtime.redraw();
      },
    });
    const paint = (rows: readonly string[]) => output.show(rows);
    const onKey = (key: string) => runtime.dispatch({ type: 'key', key });
    const screen = (rows: readonly string[]) => <Screen rows={rows} paint={paint} onKey={onKey} />;
    session.enter();
    const ink = render(screen([]), { stdin, stdout: nowhere(), exitOnCtrlC: false, patchConsole: false });
    ink.waitUntilExit().catch((error: unknown) => {
      close();
      reject(error);
    });
    runtime.start();

    function leave(choice: Choice): void {
      close();
      resolve({ choice, state: runtime.model.run });
    }

    function close(): void {
      if (closed) return;
      closed = true;
      runtime.stop();
      output.close();
      ink.unmount();
      session.leave();
    }
  });
}
