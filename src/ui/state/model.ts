import { type Intervention, removal } from '../../protocol/interventions.ts';
import type { LiveStatus, ProbeFrame, Request } from '../../protocol/messages.ts';
import type { ScoreName } from '../../pruning/names.ts';
import type { Change } from '../../runs/changes.ts';
import type { Moment, Playback, PlaybackCommand } from '../../runs/source.ts';
import type { RunState } from '../../runs/state.ts';
import { emptyRun } from '../../runs/state.ts';
import type { ScreenAction } from '../screen/action.ts';
import type { Size } from '../screen/size.ts';
import type { Look } from '../terminal/look.ts';
import type { NeuronFrame } from './trail.ts';
import { type Watching, watchingNothing } from './watching.ts';

/** A stretch of the step axis: `level` halvings of the whole, `page` half-windows from the start; else the newest ones. */
interface Zoom {
  readonly level: number;
  readonly page?: number;
}

/** What a person has chosen to look at. */
export interface View {
  /** The panel that panel keys act on. */
  readonly focus: string;
  /** The panel that fills the screen, if one does. */
  readonly zoomed: string | undefined;
  /** Panels opened and closed by hand; the latest opened first. */
  readonly opened: readonly string[];
  readonly closed: readonly string[];
  /** The panel that a number key went to last. */
  readonly reached: string | undefined;
  /** Probe prompt that the panels show, and whether patterns are the mean of all prompts instead. */
  readonly prompt: number;
  readonly mean: boolean;
  /** Whether attention is coloured by how many times an even spread it is; undefined leaves it to the number of keys. */
  readonly timesEven: boolean | undefined;
  /** The part under the cursor of the pruning board, by its address; none until one is chosen. */
  readonly part: string | undefined;
  /** Whether a person put it there: then parts of its kind are meant. */
  readonly meant: boolean;
  /** The neuron under the cursor of the panel of neurons. */
  readonly neuron: number;
  /** What ranks parts when fewer or more are pruned. */
  readonly score: ScoreName;
  /** What is done to heads by a key, and to tell what they are worth. */
  readonly intervention: Intervention;
  /** Selected head, counted through the layers: layer · H + head. */
  readonly head: number;
  /** Cursor in a pattern, in its coordinates: query token and what it attends to; the panels of tokens share it. */
  readonly cell: { readonly row: number; readonly column: number };
  /** Which curves are drawn; those that the configuration names unless chosen. */
  readonly chart: string | undefined;
  /** What errors by place are shown as: a family, or one by step; the first there is unless chosen. */
  readonly places: string | undefined;
  readonly logY: boolean;
  readonly logX: boolean;
  /** Weight of the past in the smoothed training curve; 0 is raw, undefined as the curve needs it. */
  readonly smoothing: number | undefined;
  readonly zoom: Zoom;
  /** Step whose values the curves show; none unless chosen. */
  readonly cursor: number | undefined;
}

/** What lies over the panels and takes the keys. */
export type Overlay =
  | { readonly type: 'none' }
  /** The section that was gone to, and how many lines below its heading the help is scrolled. */
  | { readonly type: 'help'; readonly filter: string; readonly section: number; readonly scroll: number }
  | { readonly type: 'leave'; readonly selected: number }
  | { readonly type: 'line'; readonly purpose: 'command' | 'run_to'; readonly text: string };

/** A change that was asked for and that the trainer has not confirmed. */
interface Pending {
  readonly id: number;
  readonly request: Request;
  readonly label: string;
  /** What it changes, where that can be taken back. */
  readonly change?: Change;
  /** Nothing is said when it is in force: that was said when it was asked for. */
  readonly quiet?: boolean;
}

export interface Notice {
  readonly text: string;
  readonly tone: 'plain' | 'good' | 'alert';
  /** How long it has been there, in seconds. */
  readonly seconds?: number;
}

export type Choice = 'detach' | 'stop' | 'finished' | 'fork' | 'compare';

/** A run that is played back, and where it stands. */
export interface Replay extends Pick<Playback, 'from' | 'to'>, Omit<Moment, 'run' | 'said'> {}

/** An earlier snapshot that the pictures show while the run goes on. */
export interface Recalled {
  readonly step: number;
  readonly file: string;
  /** Where it was looked for, and what was passed over on the way. */
  readonly by?: -1 | 1;
  readonly skipped?: string;
}

interface Fork {
  readonly file: string | undefined;
  /** The snapshots that there were when it was asked for. */
  readonly known: RunState['snapshots'];
  /** As `--set` takes them. */
  readonly set: readonly string[];
}

interface Offer {
  readonly label: string;
  readonly set: string;
}

/** What belongs to the run that the panels show. */
export interface Followed {
  readonly run: RunState;
  readonly live: LiveStatus | undefined;
  readonly probe: ProbeFrame | undefined;
  /** The latest picture of the run while `probe` is one of an earlier snapshot. */
  readonly latest: ProbeFrame | undefined;
  readonly recalled: Recalled | undefined;
  /** Files of snapshots that could not be shown: they are passed over. */
  readonly missing: readonly string[];
  /** The screen is left for a fork: from this file, once it is saved or sure to stay, with these settings. */
  readonly fork: Fork | undefined;
  /** A setting that was asked for and that only a new run can have; the next key starts one with it, or does not. */
  readonly offer: Offer | undefined;
  /** Files of snapshots that were picked for comparison; with the second the screen is left for it. */
  readonly picked: readonly string[];
  /** Those of them that are marked only so that they stay while they are picked. */
  readonly held: readonly string[];
  /** Shape of every tensor that a probe has brought so far, by name. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Where the neurons were, for models that say so; oldest first. */
  readonly trail: readonly NeuronFrame[];
  /** What the attention was at some steps; oldest first. */
  readonly film: readonly ProbeFrame[];
  /** False once the trainer has closed the connection. */
  readonly connected: boolean;
  readonly watching: Watching;
}

/** Runs that differ in their seed, shown as one. */
export interface Group {
  readonly name: string;
  /** By member. */
  readonly seeds: readonly number[];
  /** As they were seen last; of the one that the panels show, the model tells more. */
  readonly members: readonly Followed[];
  /** The member that the panels show. */
  readonly lead: number;
  /** Whether curves are means over all, and keys act on all. */
  readonly all: boolean;
}

/** Everything the screen is drawn from. */
export interface Model extends Followed {
  readonly group: Group | undefined;
  readonly replay: Replay | undefined;
  readonly size: Size;
  readonly look: Look;
  readonly view: View;
  readonly overlay: Overlay;
  readonly pending: readonly Pending[];
  /** Requests made so far; the next one's number. */
  readonly requests: number;
  readonly notice: Notice;
  /** Whether the screen closes as soon as the trainer has saved. */
  readonly stopping: boolean;
  readonly meter: { readonly framesPerSecond: number; readonly bytesPerSecond: number };
}

export type Action =
  | { readonly type: 'run'; readonly run: RunState; readonly member?: number }
  | { readonly type: 'status'; readonly status: LiveStatus; readonly member?: number }
  | { readonly type: 'probe'; readonly frame: ProbeFrame; readonly member?: number }
  | { readonly type: 'moment'; readonly moment: Moment }
  | { readonly type: 'recalled'; readonly file: string; readonly frame?: ProbeFrame; readonly error?: string }
  | ScreenAction
  | {
      readonly type: 'replied';
      readonly id: number;
      readonly ok: boolean;
      readonly step: number;
      /** Of several runs: the first of the steps at which they took it; `step` is the last. */
      readonly earliest?: number;
      readonly error?: string;
    }
  | { readonly type: 'disconnected'; readonly reason: string | undefined; readonly member?: number }
  | { readonly type: 'metered'; readonly framesPerSecond: number; readonly bytesPerSecond: number };

/** What the runtime is to do, as data. */
export type Effect =
  /** `member` for one that is not in view. */
  | { readonly type: 'request'; readonly id: number; readonly request: Request; readonly member?: number }
  | { readonly type: 'playback'; readonly command: PlaybackCommand }
  | { readonly type: 'recall'; readonly file: string }
  | { readonly type: 'suspend' | 'postcard' }
  | { readonly type: 'leave'; readonly choice: Choice };

/** A model and what has to happen outside it. */
export interface Step {
  readonly model: Model;
  readonly effects: readonly Effect[];
}

/**
 * @param playback of a run that is played back
 * @param refusal why what the screen was left for could not be done
 */
export function initialModel(
  size: Size,
  look: Look,
  playback?: Pick<Playback, 'from' | 'to' | 'stops' | 'notices'>,
  refusal = '',
): Model {
  return {
    run: emptyRun,
    live: undefined,
    probe: undefined,
    latest: undefined,
    recalled: undefined,
    missing: [],
    replay: playback && { from: playback.from, to: playback.to, stops: playback.stops, playing: false, speed: 0 },
    fork: undefined,
    offer: undefined,
    picked: [],
    held: [],
    shapes: new Map(),
    trail: [],
    film: [],
    connected: true,
    group: undefined,
    size,
    look,
    view: {
      focus: 'curves',
      zoomed: undefined,
      opened: [],
      closed: [],
      reached: undefined,
      prompt: 0,
      mean: false,
      timesEven: undefined,
      part: undefined,
      meant: false,
      neuron: 0,
      score: 'magnitude',
      intervention: removal,
      head: 0,
      cell: { row: 0, column: 0 },
      chart: undefined,
      places: undefined,
      logY: true,
      logX: false,
      smoothing: undefined,
      zoom: { level: 0 },
      cursor: undefined,
    },
    overlay: { type: 'none' },
    pending: [],
    requests: 0,
    watching: watchingNothing,
    notice: refusal ? { text: refusal, tone: 'alert' } : { text: playback?.notices.join('; ') ?? '', tone: 'plain' },
    stopping: false,
    meter: { framesPerSecond: 0, bytesPerSecond: 0 },
  };
}

/** A step without effects. */
export function still(model: Model): Step {
  return { model, effects: [] };
}

/** What is read of a model: only these values of the run and of what is looked at. */
export interface Reads<R extends keyof RunState, V extends keyof View> {
  readonly run: Pick<RunState, R>;
  readonly view: Pick<View, V>;
}

export function withView(model: Model, view: Partial<View>): Model {
  return { ...model, view: { ...model.view, ...view } };
}

export function withNotice(model: Model, text: string, tone: Notice['tone'] = 'plain'): Model {
  return { ...model, notice: { text, tone } };
}

/** Whether the run is over, so that nothing can be asked of it. */
export function isOver(model: Pick<Model, 'run' | 'replay'>): boolean {
  if (model.replay) return true;
  return model.run.phase === 'finished' || model.run.phase === 'failed';
}
