import { systemClock } from '../../core/clock.ts';
import type { RunEvent } from '../../protocol/events.ts';
import type { Outcome } from '../../protocol/frames.ts';
import type { Request } from '../../protocol/messages.ts';
import { reduceRunEvents } from '../../runs/reduce.ts';
import type { RunSource } from '../../runs/source.ts';
import type { LineBudget } from '../screen/line_budget.ts';
import type { Feed, Loop } from '../screen/loop.ts';
import type { Shown } from '../screen/show_screen.ts';
import { isForAll, isGoing, runsOf } from '../state/group.ts';
import type { Action, Choice, Effect, Model } from '../state/model.ts';
import { EarlyKeys } from './early_keys.ts';

/** In milliseconds. */
const meterInterval = 1000;
/** How often what has come of members that the panels do not show is taken in, in milliseconds. */
const othersInterval = 500;

/** What the run sends of these kinds is of no use once something newer has come. */
type Newest = Extract<Action, { readonly type: 'moment' | 'status' | 'probe' }>;

/** What has come of one run and waits. */
interface Waiting {
  events: RunEvent[];
  readonly newest: Map<Newest['type'], Newest>;
}

/**
 * A run as the loop of a screen follows it: what it sends waits for the next frame, and what is asked of it goes there.
 * Of several, the model says which one the panels show, and whether all are asked.
 */
export class FollowedRun implements Feed<Model, Action> {
  readonly #sources: readonly RunSource[];
  readonly #waiting: readonly Waiting[];
  readonly #early = new EarlyKeys();
  /** The member that the panels show. */
  #lead = 0;
  #othersDue = 0;

  constructor(...sources: readonly RunSource[]) {
    this.#sources = sources;
    this.#waiting = sources.map(() => ({ events: [], newest: new Map() }));
  }

  /**
   * Begins to follow the run; the function that comes back ends the measuring of what that costs. Call once.
   * @param onFailure told why the run never came
   */
  begin(loop: Loop<Model, Action, Effect>, onFailure: (error: Error) => void): () => void {
    for (const [member, source] of this.#sources.entries()) {
      const waiting = this.#waiting[member]!;
      const took = (news: Newest): void => {
        waiting.newest.set(news.type, news);
        loop.arrived();
      };
      source.onEvents((events) => {
        for (const event of events) waiting.events.push(event);
        loop.arrived();
      });
      source.onStatus((status) => took({ type: 'status', status, member }));
      source.onProbe((frame) => took({ type: 'probe', frame, member }));
      source.playback?.onMoment((moment) => took({ type: 'moment', moment }));
      source.onWait?.((text) => loop.dispatch({ type: 'said', text, tone: 'plain' }));
      source.closed.then((error) => loop.dispatch({ type: 'disconnected', reason: error?.message, member }), onFailure);
    }
    // What can be seen at this size decides what the run is asked for.
    loop.dispatch({ type: 'resized', size: loop.model.size });
    return startMeter(loop);
  }

  get pictureWaits(): boolean {
    return this.#waiting[this.#lead]!.newest.has('probe');
  }

  keeps(model: Model, action: Action): boolean {
    return action.type === 'key' && this.#early.keeps(model, action.key);
  }

  next(model: Model, line: LineBudget): Action | undefined {
    this.#lead = model.group?.lead ?? 0;
    const ofLead = this.#of(
      this.#lead,
      model.run,
      ({ type }) => type !== 'probe' || line.takesPicture(systemClock.now()),
    );
    if (ofLead) return ofLead;
    const ofOthers = this.#ofOthers(model);
    if (ofOthers) return ofOthers;
    const key = this.#early.next(model);
    return key === undefined ? undefined : { type: 'key', key };
  }

  #of(member: number, before: Model['run'], takes: (news: Newest) => boolean): Action | undefined {
    const waiting = this.#waiting[member]!;
    if (waiting.events.length > 0) {
      const run = reduceRunEvents(before, waiting.events);
      waiting.events = [];
      return { type: 'run', run, member };
    }
    for (const type of ['moment', 'status', 'probe'] as const) {
      const news = waiting.newest.get(type);
      if (!news || !takes(news)) continue;
      waiting.newest.delete(type);
      return news;
    }
    return undefined;
  }

  #ofOthers({ group }: Model): Action | undefined {
    if (!group || systemClock.now() < this.#othersDue) return undefined;
    for (const [member, { run }] of group.members.entries()) {
      const news = member === group.lead ? undefined : this.#of(member, run, () => true);
      if (news) return news;
    }
    this.#othersDue = systemClock.now() + othersInterval;
    return undefined;
  }

  /** Does what a step asks for outside the model. */
  perform(effect: Effect, { model, dispatch, suspend, postcard, leave }: Shown<Model, Action, Choice>): void {
    const source = this.#sources[model.group?.lead ?? 0]!;
    switch (effect.type) {
      case 'request': {
        const { id, request, member } = effect;
        const asked = member === undefined ? this.#asked(model, request) : [this.#sources[member]!];
        Promise.all(asked.map((one) => one.request(request))).then(
          (outcomes) => dispatch({ type: 'replied', id, ...togetherOf(outcomes) }),
          (error: unknown) => {
            dispatch({ type: 'replied', id, ok: false, step: model.run.step, error: messageOf(error) });
          },
        );
        return;
      }
      case 'playback':
        source.playback?.carryOut(effect.command);
        return;
      case 'recall':
        source.recall(effect.file).then(
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

  /** Those that a request is for: the first of them is the one that the panels show. */
  #asked({ run, group }: Model, request: Request): readonly RunSource[] {
    const lead = group?.lead ?? 0;
    if (!group?.all || !isForAll(request)) return [this.#sources[lead]!];
    const runs = runsOf({ run, group });
    return [lead, ...runs.keys()]
      .filter((member, place, all) => all.indexOf(member) === place && (member === lead || isGoing(runs[member]!)))
      .map((member) => this.#sources[member]!);
  }
}

/** The answer of several: the steps from the first to the last at which they took it, or what the first that refuses says. */
export function togetherOf(outcomes: readonly Outcome[]): Outcome & { readonly earliest?: number } {
  const refused = outcomes.find(({ ok }) => !ok);
  if (refused) return refused;
  const steps = outcomes.map(({ step }) => step);
  return { ...outcomes[0]!, step: Math.max(...steps), earliest: Math.min(...steps) };
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
