import type { RunEvent } from '../protocol/events.ts';
import type { Outcome } from '../protocol/frames.ts';
import type { LiveStatus, ProbeFrame, Request } from '../protocol/messages.ts';
import type { RunState } from './state.ts';
import type { Stop } from './timeline.ts';

/** Where a screen gets a run from, live or replayed. */
export interface RunSource {
  /** Starts the events: all from the first on, in order, none twice, in batches. Call once. */
  onEvents(listener: (events: readonly RunEvent[]) => void): void;
  onStatus(listener: (status: LiveStatus) => void): void;
  onProbe(listener: (probe: ProbeFrame) => void): void;
  /** Told when the run is still to come, and takes longer than a moment. */
  onWait?(listener: (message: string) => void): void;
  /** Asks for something; rejects when no answer comes. */
  request(request: Request): Promise<Outcome>;
  /** Resolves when nothing more will come: with what went wrong, or nothing after an orderly end; rejects when the run never came. */
  readonly closed: Promise<Error | undefined>;
  close(): void;
  /** The activations of the model as a snapshot of the run holds them; rejects when it is gone. */
  recall(file: string): Promise<ProbeFrame>;
  /** For a run that is played back; it sends moments instead of events. */
  readonly playback?: Playback;
}

/** Where a played-back run stands. */
export interface Moment {
  readonly run: RunState;
  readonly playing: boolean;
  /** Steps a second. */
  readonly speed: number;
  /** In the order of their steps, without snapshots that were found to be gone. */
  readonly stops: readonly Stop[];
  /** What a person should know of the way there. */
  readonly said?: string;
}

/** A finished stretch of a run under a cursor that moves by itself or is moved. */
export interface Playback {
  readonly from: number;
  readonly to: number;
  /** In the order of their steps. */
  readonly stops: readonly Stop[];
  /** What a person should know of the files, one sentence each. */
  readonly notices: readonly string[];
  onMoment(listener: (moment: Moment) => void): void;
  carryOut(command: PlaybackCommand): void;
}

export type PlaybackCommand =
  | { readonly type: 'play'; readonly playing: boolean }
  /** Steps outside the run are taken for its ends; a snapshot that was meant and is gone is passed over. */
  | { readonly type: 'seek'; readonly step: number; readonly file?: string }
  /** To the next recorded step, or the one before. */
  | { readonly type: 'step'; readonly by: 1 | -1 }
  | { readonly type: 'speed'; readonly stepsPerSecond: number };
