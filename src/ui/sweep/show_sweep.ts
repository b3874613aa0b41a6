import type { FollowedSweep } from '../../sweep/follow.ts';
import type { SweepRecord } from '../../sweep/record.ts';
import type { Wish } from '../../sweep/wishes.ts';
import type { Share } from '../screen/postcard.ts';
import { showScreen } from '../screen/show_screen.ts';
import type { Preferences } from '../terminal/terminal.ts';
import { drawSweep } from './draw.ts';
import {
  initialSweep,
  type SweepAction,
  type SweepChoice,
  type SweepEffect,
  type SweepModel,
  withData,
} from './model.ts';
import { updateSweep } from './update.ts';

export interface ShowSweepOptions {
  readonly data: FollowedSweep;
  /** What there is now; asked again and again. */
  look(): Promise<FollowedSweep>;
  /** Asks whoever trains the sweep for something; done once it was taken. */
  ask(wish: Wish): Promise<void>;
  readonly preferences?: Preferences;
  readonly share?: Share<SweepRecord>;
  /** Said in the status line at first. */
  readonly notice?: string;
  /** The screen as it was left, to come back to. */
  readonly from?: SweepModel | undefined;
}

export interface ShowSweepResult {
  readonly choice: SweepChoice;
  readonly model: SweepModel;
}

/** Between two looks, in milliseconds; while cells are yet to be read, as long as it takes to draw and to answer a key. */
const interval = 500;
const whileReading = 30;

/** Shows a sweep until something is chosen. */
export function showSweep(options: ShowSweepOptions): Promise<ShowSweepResult> {
  const { data, from, notice = '', preferences, share } = options;
  return showScreen<SweepModel, SweepAction, SweepEffect, ShowSweepResult>(
    {
      start(size, look) {
        const model = from
          ? withData({ ...from, size, look: { ...look, ...themeOf(from) } }, data)
          : initialSweep(data, size, look);
        return { ...model, notice, tone: 'alert' };
      },
      update: updateSweep,
      drawing: (guard) => (model) => drawSweep(model, guard),
      perform(effect, { model, dispatch, suspend, postcard, leave }) {
        const say = (text: string, tone: 'good' | 'alert') => dispatch({ type: 'said', text, tone });
        switch (effect.type) {
          case 'suspend':
            return suspend();
          case 'postcard':
            return postcard();
          case 'choose':
            return leave({ choice: effect.choice, model });
          case 'ask':
            if (model.data.isOnSlurm) say('Slurm is asked; what is trained saves before it ends …', 'good');
            options.ask(effect.wish).then(
              () => say(effect.done, 'good'),
              (error: Error) => say(error.message, 'alert'),
            );
        }
      },
      share: share && (({ data: { sweep } }, postcard) => share(sweep, postcard)),
      begin(loop) {
        let timer: NodeJS.Timeout | undefined;
        let isOver = false;
        const again = (unread: number): void => {
          if (!isOver) timer = setTimeout(look, unread > 0 ? whileReading : interval);
        };
        const look = (): void => {
          options.look().then(
            (data) => {
              loop.dispatch({ type: 'followed', data });
              again(data.unread);
            },
            (error: Error) => {
              loop.dispatch({ type: 'said', text: error.message, tone: 'alert' });
              again(0);
            },
          );
        };
        again(data.unread);
        return () => {
          isOver = true;
          clearTimeout(timer);
        };
      },
      interrupted: (model) => ({ choice: { type: 'interrupted' }, model }),
    },
    { preferences },
  );
}

const themeOf = ({ look: { theme, colourMap } }: SweepModel) => ({ theme, colourMap });
