import type { ReadStream, WriteStream } from 'node:tty';
import { Interrupted } from '../../core/errors.ts';
import type { Row } from '../terminal/cells.ts';
import type { Look } from '../terminal/look.ts';
import { chooseLook, type Preferences } from '../terminal/terminal.ts';
import type { ScreenAction } from './action.ts';
import type { Guard } from './faults.ts';
import { openFullScreen } from './full_screen.tsx';
import { type Feed, Loop } from './loop.ts';
import { postcardOf, type Share } from './postcard.ts';
import type { Size } from './size.ts';

/** Where a screen is shown: the terminal of the program unless said. */
export interface Place {
  readonly preferences?: Preferences | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: ReadStream;
  readonly stdout?: WriteStream;
  /** Called when the terminal has gone; must not return to normal business. */
  readonly onHangup?: () => void;
}

/** A screen: a model `M` that actions change and that is drawn, until an effect leaves it with an `R`. */
interface ScreenParts<M extends { readonly look: Look }, A, E, R> {
  /** Whether it can be used with a mouse, where that is wanted. */
  readonly mouse?: boolean;
  start(size: Size, look: Look): M;
  update(model: M, action: A | ScreenAction): { readonly model: M; readonly effects: readonly E[] };
  /** How models are drawn where failures are left to `guard`. */
  drawing(guard: Guard): (model: M) => readonly Row[];
  /** Does what a step asks for outside the model. */
  perform(effect: E, screen: Shown<M, A, R>): void;
  readonly feed?: Feed<M, A | ScreenAction>;
  /** Keeps pictures of it. */
  readonly share?: Share<M> | undefined;
  /** Called once it is shown; what it returns, once it no longer is. A failure ends it. */
  begin?(loop: Loop<M, A | ScreenAction, E>, onFailure: (error: Error) => void): () => void;
  /** What it is left with when a signal ends it; without this, the signal is an error. */
  interrupted?(model: M): R;
}

/** A screen that is shown. */
export interface Shown<M, A, R> {
  readonly model: M;
  dispatch(action: A): void;
  suspend(): void;
  /** Keeps a picture of what is shown, and says where. */
  postcard(): void;
  leave(result: R): void;
}

/**
 * Shows a screen until it is left. The terminal is given back then, on a crash, and on signals.
 * @throws Interrupted when a signal ended it, unless the screen has a result for that
 */
export function showScreen<M extends { readonly look: Look }, A, E, R>(
  { start, update, drawing, perform, feed, share, begin, interrupted, mouse = false }: ScreenParts<M, A, E, R>,
  { preferences, environment = process.env, stdin, stdout, onHangup }: Place,
): Promise<R> {
  return new Promise((resolve, reject) => {
    const terminal = openFullScreen({
      ...(stdin && { stdin }),
      ...(stdout && { stdout }),
      mouse: mouse && preferences?.mouse === 'on',
      dispatch: (action) => loop.dispatch(action),
      onRedraw: () => loop.redraw(),
      onTerminate: () => (interrupted ? leave(interrupted(loop.model)) : end(() => reject(new Interrupted()))),
      onHangup: onHangup && (() => end(onHangup)),
      onError: (error) => end(() => reject(error)),
    });
    const draw = drawing(terminal.guard);
    const dispatch = (action: A): void => loop.dispatch(action);
    const loop = new Loop<M, A | ScreenAction, E>(start(terminal.size, chooseLook(environment, preferences)), {
      update,
      perform: (effect) => perform(effect, { model: loop.model, dispatch, suspend: terminal.suspend, postcard, leave }),
      draw: (model) => terminal.show(draw(model), model.look),
      sent: terminal,
      feed,
    });
    loop.redraw();
    const ended = begin?.(loop, (error) => end(() => reject(error)));

    function postcard(): void {
      const { model } = loop;
      const say = (text: string, tone: 'good' | 'alert') => loop.dispatch({ type: 'said', text, tone });
      const still = { ...model, look: { ...model.look, still: true } };
      share?.(model, postcardOf(draw(still), model.look)).then(
        (text) => say(text, 'good'),
        (error: Error) => say(`no picture: ${error.message}`, 'alert'),
      );
    }

    function leave(result: R): void {
      end(() => resolve(result));
    }

    function end(then: () => void): void {
      loop.stop();
      ended?.();
      terminal.close();
      then();
    }
  });
}
