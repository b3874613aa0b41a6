import { systemClock } from '../core/clock.ts';
import { thousands } from '../core/format.ts';
import type { Series } from '../core/series.ts';
import type { RunEvent } from '../protocol/events.ts';
import type { Outcome } from '../protocol/frames.ts';
import type { LiveStatus, ProbeFrame } from '../protocol/messages.ts';
import type { Picture, Pictures } from '../store/pictures.ts';
import type { Moment, Playback, PlaybackCommand, RunSource } from './source.ts';
import type { Stop, Timeline } from './timeline.ts';

/** Seconds in which a run is played back unless told otherwise. */
const wholeRun = 20;
/** The slowest that a run is played back, in steps a second. */
const slowest = 0.1;
/** Between two moments while playing, in milliseconds. */
const interval = 50;

export interface ReplayOptions {
  readonly timeline: Timeline;
  readonly stops: readonly Stop[];
  readonly pictures: Pictures;
  /** Pictures of snapshots by the names of their files. */
  readonly snapshots: ReadonlyMap<string, Picture>;
  readonly notices: readonly string[];
  /** Whether a snapshot's file is still there. */
  readonly isThere?: (file: string) => boolean;
  /** Where the cursor begins; at the start, playing, unless said. */
  readonly step?: number | undefined;
  /** Steps a second at first. */
  readonly speed?: number | undefined;
}

/** Steps a second at which a run is played back unless told otherwise. */
export function usualSpeed(from: number, to: number): number {
  return Math.max(slowest, (to - from) / wholeRun);
}

/** A run from its files, as a screen shows it: the state at a cursor and the pictures nearest before it. */
export class ReplaySource implements RunSource, Playback {
  readonly playback: Playback = this;
  readonly closed: Promise<Error | undefined>;
  readonly from: number;
  readonly to: number;
  stops: readonly Stop[];
  readonly notices: readonly string[];
  readonly #o: ReplayOptions;
  #close: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #momentListener: ((moment: Moment) => void) | undefined;
  #probeListener: ((probe: ProbeFrame) => void) | undefined;
  #cursor: number;
  #speed: number;
  #shown: Picture | undefined;
  /** What the next moment brings to a person's notice. */
  #said: string | undefined;

  constructor(options: ReplayOptions) {
    this.#o = options;
    this.from = options.timeline.from;
    this.to = options.timeline.to;
    this.stops = options.stops;
    this.notices = options.notices;
    this.#cursor = options.step ?? this.from;
    this.#speed = Math.max(slowest, options.speed ?? usualSpeed(this.from, this.to));
    this.closed = new Promise((resolve) => {
      this.#close = () => resolve(undefined);
    });
  }

  onEvents(_listener: (events: readonly RunEvent[]) => void): void {}

  onStatus(_listener: (status: LiveStatus) => void): void {}

  onProbe(listener: (probe: ProbeFrame) => void): void {
    this.#probeListener = listener;
    this.#showPicture();
  }

  onMoment(listener: (moment: Moment) => void): void {
    this.#momentListener = listener;
    this.#play(this.#o.step === undefined && this.to > this.from);
  }

  async request(): Promise<Outcome> {
    return { ok: false, step: Math.floor(this.#cursor), error: 'this run is played back, nobody trains it' };
  }

  recall(file: string): Promise<ProbeFrame> {
    const picture = this.#o.snapshots.get(file);
    return picture ? this.#o.pictures.load(picture) : Promise.reject(new Error(`${file} is gone`));
  }

  carryOut(command: PlaybackCommand): void {
    switch (command.type) {
      case 'play':
        if (command.playing && this.#cursor >= this.to) this.#cursor = this.from;
        this.#play(command.playing);
        break;
      case 'seek':
        this.#moveTo(this.#placeOf(command));
        break;
      case 'step':
        this.#play(false);
        this.#moveTo(this.#recordedStep(command.by));
        break;
      case 'speed':
        this.#speed = Math.max(slowest, command.stepsPerSecond);
        this.#tell();
        break;
    }
  }

  close(): void {
    this.#play(false);
    this.#momentListener = undefined;
    this.#probeListener = undefined;
    this.#close();
  }

  #play(playing: boolean): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (playing) {
      let before = systemClock.now();
      this.#timer = setInterval(() => {
        const now = systemClock.now();
        const next = this.#cursor + ((now - before) / 1000) * this.#speed;
        before = now;
        if (next >= this.to) this.#play(false);
        this.#moveTo(next);
      }, interval);
    }
    this.#tell();
  }

  #moveTo(step: number): void {
    this.#cursor = Math.max(this.from, Math.min(this.to, step));
    this.#tell();
    this.#showPicture();
  }

  #tell(): void {
    const run = this.#o.timeline.at(Math.floor(this.#cursor));
    const said = this.#said;
    this.#said = undefined;
    const { stops } = this;
    const playing = this.#timer !== undefined;
    this.#momentListener?.({ run, playing, speed: this.#speed, stops, ...(said !== undefined && { said }) });
  }

  /** The step that is meant, or that of the next snapshot where its file is gone. */
  #placeOf({ step, file }: Extract<PlaybackCommand, { type: 'seek' }>): number {
    const { isThere = () => true } = this.#o;
    if (file === undefined || isThere(file)) return step;
    const there = this.stops.filter((stop) => stop.file === undefined || isThere(stop.file));
    this.stops = there;
    this.#said = `step ${thousands(step)} skipped: its file is gone`;
    const here = Math.floor(this.#cursor);
    const snapshots = there.filter((stop) => stop.file !== undefined);
    const next =
      step < here ? snapshots.findLast((stop) => stop.step < here) : snapshots.find((stop) => stop.step > here);
    return next?.step ?? this.#cursor;
  }

  /** Sends the picture nearest before the cursor, unless it is the one shown. */
  #showPicture(): void {
    const picture = this.#o.pictures.at(this.#cursor);
    if (!picture || picture === this.#shown || !this.#probeListener) return;
    this.#shown = picture;
    this.#o.pictures.load(picture).then(
      (frame) => {
        if (this.#shown === picture) this.#probeListener?.(frame);
      },
      // The one shown stays: its step stands beside the timeline.
      () => undefined,
    );
  }

  /** The step of the next point of the longest curve after the cursor, or of the last before it. */
  #recordedStep(by: 1 | -1): number {
    const at = Math.floor(this.#cursor);
    const curves = [...this.#o.timeline.whole.curves.values()];
    const longest = curves.reduce<Series | undefined>((a, b) => (a && a.length >= b.length ? a : b), undefined);
    const view = longest?.view();
    if (!view) return at + by;
    const index = by > 0 ? view.indexOf(at + 1) : view.indexOf(at) - 1;
    return view.at(Math.max(0, index))?.step ?? at + by;
  }
}
