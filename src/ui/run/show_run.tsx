import type { ReadStream, WriteStream } from 'node:tty';
import type { RunSource } from '../../runs/source.ts';
import type { RunState } from '../../runs/state.ts';
import { Composer } from '../frame/composer.ts';
import { openFullScreen } from '../screen/full_screen.tsx';
import type { Choice } from '../state/model.ts';
import { initialModel } from '../state/model.ts';
import type { Preferences } from '../terminal/terminal.ts';
import { chooseLook } from '../terminal/terminal.ts';
import { Runtime } from './runtime.ts';

export interface ShowRunOptions {
  /** Live or replayed; it stays open, closing it is for the caller. */
  readonly source: RunSource;
  readonly preferences?: Preferences;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: ReadStream;
  readonly stdout?: WriteStream;
  /** Called when the terminal has gone; must not return to normal business. */
  readonly onHangup?: () => void;
  /** Why what the screen was left for before could not be done. */
  readonly refusal?: string | undefined;
}

export interface ShowRunResult {
  readonly choice: Choice;
  readonly state: RunState;
  /** Name of the snapshot from which to fork, and settings to change, as `--set` takes them. */
  readonly fork?: { readonly file: string; readonly set: readonly string[] };
  /** Names of the snapshots to put side by side. */
  readonly compare?: readonly string[];
  /** Whether a signal ended it: the program is to end as well. */
  readonly interrupted?: boolean;
  /** Names of the snapshots that are marked only for that: the mark is for the caller to take away. */
  readonly held?: readonly string[];
}

/** Shows a run until it is left. The terminal is given back on return, on a crash, and on signals. */
export function showRun(options: ShowRunOptions): Promise<ShowRunResult> {
  const { source, environment = process.env, stdin = process.stdin, stdout = process.stdout } = options;
  return new Promise((resolve, reject) => {
    const screen = openFullScreen({
      stdin,
      stdout,
      mouse: options.preferences?.mouse === 'on',
      dispatch: (action) => runtime.dispatch(action),
      onRedraw: () => runtime.redraw(),
      onTerminate: () => leave('detach', true),
      onHangup: options.onHangup && (() => hangUp(options.onHangup!)),
      onError: (error) => {
        runtime.stop();
        reject(error);
      },
    });
    const composer = new Composer(screen.guard);
    const look = chooseLook(environment, options.preferences);
    const runtime = new Runtime(initialModel(screen.size, look, source.playback, options.refusal), source, {
      draw(model) {
        screen.show(composer.compose(model), model.look);
      },
      leave,
      suspend: () => screen.suspend(),
      get frames() {
        return screen.frames;
      },
      get bytes() {
        return screen.bytes;
      },
    });
    runtime.start();

    function hangUp(then: () => void): void {
      runtime.stop();
      then();
    }

    function leave(choice: Choice, interrupted = false): void {
      runtime.stop();
      screen.close();
      const { run, fork, picked, held } = runtime.model;
      const named = fork?.file !== undefined && { fork: { file: fork.file, set: fork.set } };
      resolve({ choice, state: run, held, interrupted, ...named, ...(choice === 'compare' && { compare: picked }) });
    }
  });
}
