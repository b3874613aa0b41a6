import { Interrupted } from '../../core/errors.ts';
import type { Row } from '../terminal/cells.ts';
import type { Look } from '../terminal/look.ts';
import { chooseLook, type Preferences } from '../terminal/terminal.ts';
import type { ScreenAction } from './action.ts';
import type { Guard } from './faults.ts';
import { openFullScreen } from './full_screen.tsx';
import type { Size } from './size.ts';

/** A screen: a model `M` that actions change and that is drawn at once, until an effect leaves it with an `R`. */
interface ScreenParts<M, A, E, R> {
  readonly preferences: Preferences | undefined;
  start(size: Size, look: Look): M;
  update(model: M, action: A | ScreenAction): { readonly model: M; readonly effects: readonly E[] };
  draw(model: M, guard: Guard): readonly Row[];
  /** Does what a step asks for outside the model. */
  perform(effect: E, screen: ShownScreen<M, A, R>): void;
}

interface ShownScreen<M, A, R> {
  readonly model: M;
  dispatch(action: A): void;
  suspend(): void;
  leave(result: R): void;
}

/**
 * Shows a screen until it is left. @throws Interrupted when a signal ended it
 * @param begun called once it is shown; what it returns, once it no longer is
 */
export function showScreen<M extends { readonly look: Look }, A, E, R>(
  { preferences, start, update, draw, perform }: ScreenParts<M, A, E, R>,
  begun: (dispatch: (action: A) => void) => () => void = () => () => {},
): Promise<R> {
  return new Promise((resolve, reject) => {
    let done = false;
    const terminal = openFullScreen({
      dispatch,
      onRedraw: show,
      onTerminate: () => {
        end();
        reject(new Interrupted());
      },
      onError: (error) => {
        ended();
        reject(error);
      },
    });
    let model = start(terminal.size, chooseLook(process.env, preferences));
    show();
    const ended = begun(dispatch);

    function dispatch(action: A | ScreenAction): void {
      if (done) return;
      const step = update(model, action);
      model = step.model;
      for (const effect of step.effects) perform(effect, { model, dispatch, suspend: terminal.suspend, leave });
      show();
    }

    function show(): void {
      if (!done) terminal.show(draw(model, terminal.guard), model.look);
    }

    function leave(result: R): void {
      end();
      resolve(result);
    }

    function end(): void {
      done = true;
      ended();
      terminal.close();
    }
  });
}
