import { systemClock } from '../../core/clock.ts';
import type { Look } from '../terminal/look.ts';
import { LineBudget } from './line_budget.ts';

/** Most frames a second after actions, which are answered faster than what comes by itself is followed. */
const fastestFrames = 30;
/** Drawing may take a third of the time at most: a slow terminal is sent fewer frames. */
const restPerWork = 2;

/** What a screen is made of: a model that actions change, what they ask for outside it, and how it is shown. */
export interface LoopParts<M, A, E> {
  update(model: M, action: A): { readonly model: M; readonly effects: readonly E[] };
  perform(effect: E): void;
  draw(model: M): void;
  /** Frames and bytes sent since the start. */
  readonly sent: Sent;
  readonly feed?: Feed<M, A> | undefined;
}

interface Sent {
  readonly frames: number;
  readonly bytes: number;
}

/** What comes by itself, faster than it can be shown: it waits for the next frame or action. */
export interface Feed<M, A> {
  /** What has come next, as an action; undefined when nothing is left that may be shown now. */
  next(model: M, line: LineBudget): A | undefined;
  /** Whether a picture waits until the line has room for it. */
  readonly pictureWaits: boolean;
  /** Whether an action waits as well, until `next` gives it back. */
  keeps(model: M, action: A): boolean;
}

/** Holds the model of a screen, changes it with what happens, carries out what that asks for, and draws it in good time. */
export class Loop<M extends { readonly look: Look }, A, E> {
  model: M;
  readonly #parts: LoopParts<M, A, E>;
  readonly #line: LineBudget;
  #timer: NodeJS.Timeout | undefined;
  #due = Number.POSITIVE_INFINITY;
  #drawn = Number.NEGATIVE_INFINITY;
  /** Bytes that the line's budget knows of. */
  #spent = 0;
  /** Before this time no frame is drawn, unless it answers an action. */
  #rested = 0;
  #running = true;

  constructor(model: M, parts: LoopParts<M, A, E>) {
    this.model = model;
    this.#parts = parts;
    this.#line = new LineBudget(model.look.bytesPerSecond);
  }

  get sent(): Sent {
    return this.#parts.sent;
  }

  /** Whether the last frame shows everything that has come. */
  get isDrawn(): boolean {
    return this.#due === Number.POSITIVE_INFINITY && !this.#parts.feed?.pictureWaits;
  }

  /** Takes an action at once and draws soon. */
  dispatch(action: A): void {
    if (!this.#running) return;
    const waits = this.#parts.feed?.keeps(this.model, action);
    this.#pull();
    if (!waits) {
      this.#apply(action);
      this.#pull();
    }
    this.#drawAt(fastestFrames, true);
  }

  /** Something has come to the feed: draws as often as the look says. */
  arrived(): void {
    this.#drawAt(this.model.look.framesPerSecond, false);
  }

  /** Draws everything again. */
  redraw(): void {
    this.#drawAt(Number.POSITIVE_INFINITY, true);
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  #apply(action: A): void {
    if (!this.#running) return;
    const { model, effects } = this.#parts.update(this.model, action);
    this.model = model;
    for (const effect of effects) this.#parts.perform(effect);
  }

  /** Takes what has come since the last time, in one go. */
  #pull(): void {
    const { feed } = this.#parts;
    for (let action = feed?.next(this.model, this.#line); action; action = feed?.next(this.model, this.#line)) {
      this.#apply(action);
    }
  }

  /** Draws as soon as that leaves at most `rate` frames a second and the line can carry it. */
  #drawAt(rate: number, answersAction: boolean): void {
    this.#count();
    const rested = answersAction ? 0 : this.#rested;
    this.#schedule(Math.max(rested, this.#drawn + 1000 / rate, this.#line.frameAt(answersAction)));
  }

  #schedule(due: number): void {
    if (!this.#running || due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.#draw(), Math.max(0, due - systemClock.now()));
  }

  /** Puts what was sent since the last time on the line's budget. */
  #count(): void {
    const { bytes } = this.#parts.sent;
    if (bytes === this.#spent) return;
    this.#line.spend(this.#drawn, bytes - this.#spent);
    this.#spent = bytes;
  }

  #draw(): void {
    this.#due = Number.POSITIVE_INFINITY;
    this.#count();
    const started = systemClock.now();
    this.#drawn = started;
    this.#pull();
    if (!this.#running) return;
    this.#parts.draw(this.model);
    const now = systemClock.now();
    this.#rested = now + restPerWork * (now - started);
    if (this.#parts.feed?.pictureWaits) this.#schedule(this.#line.pictureAt);
  }
}
