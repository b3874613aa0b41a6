import { systemClock } from '../../core/clock.ts';
import type { RunEvent } from '../../protocol/events.ts';
import { reduceRunEvents } from '../../runs/reduce.ts';
import type { RunSource } from '../../runs/source.ts';
import type { LineBudget } from '../screen/line_budget.ts';
import type { Feed, Loop } from '../screen/loop.ts';
import type { Shown } from '../screen/show_screen.ts';
import type { Action, Choice, Effect, Model } from '../state/model.ts';
import { EarlyKeys } from './early_keys.ts';

/** In milliseconds. */
const meterInterval = 1000;

/** What the run sends of these kinds is of no use once something newer has come. */
type Newest = Extract<Action, { readonly type: 'moment' | 'status' | 'probe' }>;

/** A run as the loop of a screen follows it: what it sends waits for the next frame, and what is asked of it goes there. */
export class FollowedRun implements Feed<Model, Action> {
  readonly #source: RunSource;
  readonly #early = new EarlyKeys();
  #events: RunEvent[] = [];
  readonly #newest = new Map<Newest['type'], Newest>();

  constructor(source: RunSource) {
    this.#source = source;
  }

  /** Begins to follow the run; the function that comes back ends the measuring of what that costs. Call once. */
  begin(loop: Loop<Model, Action, Effect>): () => void {
    const took = (news: Newest): void => {
      this.#newest.set(news.type, news);
      loop.arrived();
    };
    this.#source.onEvents((events) => {
      for (const event of events) this.#events.push(event);
      loop.arrived();
    });
    this.#source.onStatus((status) => took({ type: 'status', status }));
    this.#source.onProbe((frame) => took({ type: 'probe', frame }));
    this.#source.playback?.onMoment((moment) => took({ type: 'moment', moment }));
    void this.#source.closed.then((error) => loop.dispatch({ type: 'disconnected', reason: error?.message }));
    // What can be seen at this size decides what the run is asked for.
    loop.dispatch({ type: 'resized', size: loop.model.size });
    return startMeter(loop);
  }

  get pictureWaits(): boolean {
    return this.#newest.has('probe');
  }

  keeps(model: Model, action: Action): boolean {
    return action.type === 'key' && this.#early.keeps(model, action.key);
  }

  next(model: Model, line: LineBudget): Action | undefined {
    if (this.#events.length > 0) {
      const run = reduceRunEvents(model.run, this.#events);
      this.#events = [];
      return { type: 'run', run };
    }
    for (const type of ['moment', 'status', 'probe'] as const) {
      const news = this.#newest.get(type);
      if (!news || (type === 'probe' && !line.takesPicture(systemClock.now()))) continue;
      this.#newest.delete(type);
      return news;
    }
    const key = this.#early.next(model);
    return key === undefined ? undefined : { type: 'key', key };
  }

  /** Does what a step asks for outside the model. */
  perform(effect: Effect, { model, dispatch, suspend, postcard, leave }: Shown<Model, Action, Choice>): void {
    switch (effect.type) {
      case 'request': {
        const { id, request } = effect;
        this.#source.request(request).then(
          ({ ok, step, error }) => dispatch({ type: 'replied', id, ok, step, ...(error !== undefined && { error }) }),
          (error: unknown) => {
            dispatch({ type: 'replied', id, ok: false, step: model.run.step, error: messageOf(error) });
          },
        );
        return;
      }
      case 'playback':
        this.#source.playback?.carryOut(effect.command);
        return;
      case 'recall':
        this.#source.recall(effect.file).then(
          (frame) => dispatch({ type: 'recalled', file: effect.file, frame }),
          (error: unknown) => dispatch({ type: 'recalled', file: effect.file, error: messageOf(error) }),
        );
        return;
      case 'postcard':
        postcard();
        return;
      case 'suspend':
        suspend();
        return;
      case 'leave':
        leave(effect.choice);
        return;
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Tells a screen each second what it has sent since the last time. */
function startMeter(loop: Loop<Model, Action, Effect>): () => void {
  let [{ frames, bytes }, time] = [loop.sent, systemClock.now()];
  const timer = setInterval(() => {
    const seconds = (systemClock.now() - time) / 1000;
    loop.dispatch({
      type: 'metered',
      framesPerSecond: Math.round((loop.sent.frames - frames) / seconds),
      bytesPerSecond: (loop.sent.bytes - bytes) / seconds,
    });
    [{ frames, bytes }, time] = [loop.sent, systemClock.now()];
  }, meterInterval);
  return () => clearInterval(timer);
}
