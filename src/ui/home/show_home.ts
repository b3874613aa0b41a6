import { systemClock } from '../../core/clock.ts';
import { showScreen } from '../screen/show_screen.ts';
import type { Preferences } from '../terminal/terminal.ts';
import type { Annotation, HomeChoice, HomeData } from './contract.ts';
import { drawHome } from './draw.ts';
import { type HomeAction, type HomeEffect, type HomeModel, initialHome } from './model.ts';
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

const now = (): number => systemClock.date().getTime();

/** Shows the home screen until something is chosen. @throws Interrupted when a signal ended it */
export function showHome(options: ShowHomeOptions): Promise<{ choice: HomeChoice; model: HomeModel }> {
  const { data, from, notice = '', preferences } = options;
  return showScreen<HomeModel, HomeAction, HomeEffect, { choice: HomeChoice; model: HomeModel }>(
    {
      start(size, look) {
        const model = from
          ? updateHome({ ...from, size, look }, { type: 'refreshed', data, now: now() }).model
          : initialHome(data, size, look, now());
        return { ...model, notice };
      },
      update: updateHome,
      drawing: (guard) => (model) => drawHome(model, guard),
      perform(effect, { model, dispatch, suspend, leave }) {
        const tell = (error: Error): void => dispatch({ type: 'notice', text: error.message });
        if (effect.type === 'suspend') suspend();
        else if (effect.type === 'annotate') options.annotate(effect.annotation).catch(tell);
        else leave({ choice: effect.choice, model });
      },
      begin(loop) {
        const timer = setInterval(() => {
          options.refresh().then(
            (data) => loop.dispatch({ type: 'refreshed', data, now: now() }),
            (error: Error) => loop.dispatch({ type: 'notice', text: error.message }),
          );
        }, refreshInterval);
        return () => clearInterval(timer);
      },
    },
    { preferences },
  );
}
