import { systemClock } from '../../core/clock.ts';
import { openFullScreen } from '../terminal/full_screen.tsx';
import { chooseLook, type Preferences } from '../terminal/terminal.ts';
import type { Annotation, HomeChoice, HomeData } from './contract.ts';
import { drawHome } from './draw.ts';
import { type HomeAction, type HomeModel, initialHome } from './model.ts';
import { updateHome } from './update.ts';

export interface ShowHomeOptions {
  readonly data: HomeData;
  /** What there is now; asked again and again, so that live runs move. */
  refresh(): Promise<HomeData>;
  annotate(annotation: Annotation): Promise<void>;
  readonly preferences?: Preferences;
  /** Said in the status line at first. */
  readonly notice?: string;
  /** Where the cursor was when the home screen was left. */
  readonly from?: HomeModel | undefined;
}

const refreshInterval = 1000;

/** Shows the home screen until something is chosen. */
export function showHome(options: ShowHomeOptions): Promise<{ choice: HomeChoice; model: HomeModel }> {
  return new Promise((resolve, reject) => {
    const screen = openFullScreen({
      onKey: (key) => dispatch({ type: 'key', key }),
      onResize: (size) => dispatch({ type: 'resized', size }),
      onRedraw: () => screen.show([...drawHome(model)]),
      onTerminate: () => finish({ type: 'quit' }),
      onError: (error) => {
        clearInterval(timer);
        reject(error);
      },
    });
    const now = () => systemClock.date().getTime();
    const look = chooseLook(process.env, options.preferences);
    const fresh = initialHome(options.data, screen.size, look, now());
    let model: HomeModel = options.from
      ? updateHome({ ...options.from, size: screen.size, look }, { type: 'refreshed', data: options.data, now: now() })
          .model
      : fresh;
    model = { ...model, notice: options.notice ?? '' };
    const timer = setInterval(() => {
      options.refresh().then(
        (data) => dispatch({ type: 'refreshed', data, now: now() }),
        (error: Error) => dispatch({ type: 'notice', text: error.message }),
      );
    }, refreshInterval);
    screen.show(drawHome(model));

    let done = false;
    function dispatch(action: HomeAction): void {
      if (done) return;
      const step = updateHome(model, action);
      model = step.model;
      for (const effect of step.effects) {
        if (effect.type === 'suspend') screen.suspend();
        if (effect.type === 'annotate') {
          options
            .annotate(effect.annotation)
            .catch((error: Error) => dispatch({ type: 'notice', text: error.message }));
        }
        if (effect.type === 'choose') finish(effect.choice);
      }
      if (!done) screen.show(drawHome(model));
    }

    function finish(choice: HomeChoice): void {
      done = true;
      clearInterval(timer);
      screen.close();
      resolve({ choice, model });
    }
  });
}
