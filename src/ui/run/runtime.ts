import { systemClock } from '../../core/clock.ts';
import type { RunEvent } from '../../protocol/events.ts';
import type { LiveStatus, ProbeFrame } from '../../protocol/messages.ts';
import { reduceRunEvents } from '../../runs/reduce.ts';
import type { Moment, RunSource } from '../../runs/source.ts';
import type { Action, Choice, Effect, Model } from '../state/model.ts';
import { EarlyKeys } from './early_keys.ts';
import { LineBudget } from './line_budget.ts';
import { update } from './update.ts';

/** Most frames a second after keys, which are answered faster than the run is followed. */
const fastestFrames = 30;
/** Drawing may take a third of the time at most: a slow terminal is sent fewer frames. */
const restPerWork = 2;

export interface RuntimeOutput {
  /** Shows the model. */
  draw(model: Model): void;
  /** Frames and bytes sent since the start. */
  readonly frames: number;
  readonly bytes: number;
  leave(choice: Choice): void;
  suspend(): void;
}

/** Holds the model, feeds it with what the run and the keyboard send, carries out its effects, and draws it. */
export class Runtime {
  model: Model;
  readonly #source: RunSource;
  readonly #output: RuntimeOutput;
  readonly #line: LineBudget;
  readonly #early = new EarlyKeys();
  #events: RunEvent[] = [];
  #status: LiveStatus | undefined;
  #probe: ProbeFrame | undefined;
  #moment: Moment | undefined;
  #timer: NodeJS.Timeout | undefined;
  #due = Number.POSITIVE_INFINITY;
  #drawn = 0;
  /** Bytes that the line's budget knows of, and whether those since then bring a new picture. */
  #spent = 0;
  #pictured = false;
  /** Before this time no frame is drawn, unless it answers a key. */
  #rested = 0;
  #meter: NodeJS.Timeout | undefined;
  #running = false;

  constructor(model: Model, source: RunSource, output: RuntimeOutput) {
    this.model = model;
    this.#source = source;
    this.#output = output;
    this.#line = new LineBudget(model.look.bytesPerSecond);
  }

  /** Whether the last frame shows everything that has come. */
  get isDrawn(): boolean {
    return this.#due === Number.POSITIVE_INFINITY && this.#probe === undefined;
  }

  start(): void {
    this.#running = true;
    this.#source.onEvents((events) => {
      for (const event of events) this.#events.push(event);
      this.#follow();
    });
    this.#source.onStatus((status) => {
      this.#status = status;
      this.#follow();
    });
    this.#source.onProbe((frame) => {
      this.#probe = frame;
      this.#follow();
    });
    this.#source.playback?.onMoment((moment) => {
      this.#moment = moment;
      this.#follow();
    });
    void this.#source.closed.then((error) => this.dispatch({ type: 'disconnected', reason: error?.message }));
    this.#startMeter();
    this.dispatch({ type: 'resized', size: this.model.size });
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
    clearInterval(this.#meter);
  }

  /** Takes an action at once and draws soon. */
  dispatch(action: Action): void {
    if (!this.#running) return;
    this.#fold();
    if (action.type === 'key' && this.#early.keeps(this.model, action.key)) return;
    this.#apply(action);
    this.#catchUp();
    this.#drawAt(fastestFrames, true);
  }

  /** Draws everything again. */
  redraw(): void {
    this.#drawAt(Number.POSITIVE_INFINITY, true);
  }

  /** Presses the keys that have waited long enough. */
  #catchUp(): void {
    for (const key of this.#early.due(this.model)) this.#apply({ type: 'key', key });
  }

  #apply(action: Action): void {
    const { model, effects } = update(this.model, action);
    this.model = model;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'request':
        void this.#request(effect);
        return;
      case 'playback':
        this.#source.playback?.carryOut(effect.command);
        this.#fold();
        return;
      case 'recall':
        this.#source.recall(effect.file).then(
          (frame) => this.dispatch({ type: 'recalled', file: effect.file, frame }),
          (error: Error) => this.dispatch({ type: 'recalled', file: effect.file, error: error.message }),
        );
        return;
      case 'suspend':
        this.#output.suspend();
        return;
      case 'leave':
        this.#output.leave(effect.choice);
        return;
    }
  }

  async #request({ id, request }: Extract<Effect, { type: 'request' }>): Promise<void> {
    try {
      const { ok, step, error } = await this.#source.request(request);
      this.dispatch({ type: 'replied', id, ok, step, ...(error !== undefined && { error }) });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.dispatch({ type: 'replied', id, ok: false, step: this.model.run.step, error: reason });
    }
  }

  /** What has come from the run since the last frame, in one go. */
  #fold(): void {
    if (this.#events.length > 0) {
      const run = reduceRunEvents(this.model.run, this.#events);
      this.#events = [];
      this.#apply({ type: 'run', run });
    }
    if (this.#moment) this.#apply({ type: 'moment', moment: this.#moment });
    this.#moment = undefined;
    if (this.#status) this.#apply({ type: 'status', status: this.#status });
    this.#status = undefined;
    if (!this.#probe || systemClock.now() < this.#line.pictureAt) return;
    this.#apply({ type: 'probe', frame: this.#probe });
    this.#probe = undefined;
    this.#pictured = true;
  }

  #follow(): void {
    if (this.#running) this.#drawAt(this.model.look.framesPerSecond, false);
  }

  /** Draws as soon as that leaves at most `rate` frames a second and the line can carry it. */
  #drawAt(rate: number, answersKey: boolean): void {
    this.#count();
    const rested = answersKey ? 0 : this.#rested;
    this.#schedule(Math.max(rested, this.#drawn + 1000 / rate, this.#line.frameAt(answersKey)));
  }

  #schedule(due: number): void {
    if (due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.#draw(), Math.max(0, due - systemClock.now()));
  }

  /** Puts what was sent since the last time on the line's budget. */
  #count(): void {
    const { bytes } = this.#output;
    if (bytes === this.#spent) return;
    this.#line.spend(this.#drawn, bytes - this.#spent, this.#pictured);
    this.#spent = bytes;
    this.#pictured = false;
  }

  #draw(): void {
    this.#due = Number.POSITIVE_INFINITY;
    this.#count();
    const started = systemClock.now();
    this.#drawn = started;
    this.#fold();
    this.#catchUp();
    if (!this.#running) return;
    this.#output.draw(this.model);
    const now = systemClock.now();
    this.#rested = now + restPerWork * (now - started);
    if (this.#probe) this.#schedule(this.#line.pictureAt);
  }

  #startMeter(): void {
    let [frames, bytes, time] = [0, 0, systemClock.now()];
    this.#meter = setInterval(() => {
      const seconds = (systemClock.now() - time) / 1000;
      this.dispatch({
        type: 'metered',
        framesPerSecond: Math.round((this.#output.frames - frames) / seconds),
        bytesPerSecond: (this.#output.bytes - bytes) / seconds,
      });
      [frames, bytes, time] = [this.#output.frames, this.#output.bytes, systemClock.now()];
    }, 1000);
  }
}
