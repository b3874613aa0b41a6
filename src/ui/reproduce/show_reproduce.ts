import { showScreen } from '../screen/show_screen.ts';
import type { Preferences } from '../terminal/terminal.ts';
import { drawReproduce } from './draw.ts';
import {
  initialReproduce,
  type ReproduceAction,
  type ReproduceData,
  type ReproduceEffect,
  type ReproduceModel,
} from './model.ts';
import { updateReproduce } from './update.ts';

export interface ShowReproduceOptions {
  readonly data: ReproduceData;
  /** What there is now; asked again and again. */
  look(): Promise<ReproduceData>;
  readonly preferences?: Preferences;
}

/** Between two looks, in milliseconds. */
const interval = 700;

/** Shows figures in the making until the screen is left. @returns whether a signal ended it */
export function showReproduce({ data, look, preferences }: ShowReproduceOptions): Promise<{ interrupted: boolean }> {
  return showScreen<ReproduceModel, ReproduceAction, ReproduceEffect, { interrupted: boolean }>(
    {
      start: (size, chosen) => initialReproduce(data, size, chosen),
      update: updateReproduce,
      drawing: (guard) => (model) => drawReproduce(model, guard),
      perform(effect, { suspend, leave }) {
        if (effect.type === 'suspend') suspend();
        else leave({ interrupted: false });
      },
      begin(loop) {
        let timer: NodeJS.Timeout | undefined;
        let isLeft = false;
        const again = (): void => {
          if (!isLeft) timer = setTimeout(next, interval);
        };
        const next = (): void => {
          look()
            .then(
              (now) => loop.dispatch({ type: 'followed', data: now }),
              (error: Error) => loop.dispatch({ type: 'said', text: error.message, tone: 'alert' }),
            )
            .finally(again);
        };
        again();
        return () => {
          isLeft = true;
          clearTimeout(timer);
        };
      },
      interrupted: () => ({ interrupted: true }),
    },
    { preferences },
  );
}
