import type { Model, Overlay, Step } from '../state/model.ts';

/** A key, in every place where keys are acted on, hinted at, explained or listed. */
export interface KeyBinding {
  readonly id: string;
  /** Names as `keyNames` gives them. */
  readonly keys: readonly string[];
  /** How the screen writes them. */
  readonly shown: string;
  /** A word or two for the hint line. */
  readonly label: string;
  /** The word for what it would do now, where that changes. */
  readonly labelNow?: (model: Model) => string;
  readonly help: string;
  /** What has to lie over the panels for it to act: nothing unless said. */
  readonly over?: Exclude<Overlay['type'], 'none'>;
  /** Whether it acts on a run that goes on or on one that is played back: on both unless said. */
  readonly mode?: 'live' | 'replay';
  /** The panels in which it acts: all unless said. */
  readonly panels?: readonly string[];
  /** The panels whose hints name it though it acts everywhere; the general hints then do not. */
  readonly hintedIn?: readonly string[];
  /** Hinted at even where room is scarce. */
  readonly essential?: boolean;
  /** Whether it is left out of the hint line, which is short. */
  readonly unhinted?: boolean | ((model: Model) => boolean);
  /** True, or why it cannot act now. */
  enabled(model: Model): true | string;
  act(model: Model, key: string): Step;
}
