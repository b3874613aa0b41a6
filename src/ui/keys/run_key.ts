import type { Panel } from '../panels/contract.ts';
import type { KeyBinding } from '../screen/key_binding.ts';
import type { Model, Overlay, Step } from '../state/model.ts';

/** A key of the screen of a run. */
export interface RunKey extends KeyBinding<Model, Step> {
  /** What has to lie over the panels for it to act: nothing unless said. */
  readonly over?: Exclude<Overlay['type'], 'none'>;
  /** Whether it acts on runs that go on, on several that are shown as one, or on one that is played back: on all unless said. */
  readonly mode?: 'live' | 'group' | 'replay';
  /** The panels in which it acts: all unless said. */
  readonly panels?: readonly Panel[];
  /** Which panels' hints name it though it acts everywhere; the general hints then do not. */
  hintedIn?(panel: Panel): boolean;
}
