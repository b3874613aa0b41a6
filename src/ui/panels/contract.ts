import type { Line } from '../../plot/text.ts';
import type { KeyBinding } from '../screen/key_binding.ts';
import type { Size } from '../screen/size.ts';
import type { Model, Step, View } from '../state/model.ts';
import type { UnderCursor } from '../state/ranking.ts';

/** What a panel shows, without its border. */
export interface PanelPicture {
  readonly title: string;
  /** How what is shown was reduced; stands on the right of the title bar. */
  readonly detail?: string | Line;
  /** At most `rows` lines of at most `columns` cells. */
  readonly body: readonly Line[];
}

/** A key that acts while a panel has the focus. */
export interface PanelKey extends Omit<KeyBinding<Model, Step>, 'act'> {
  /** Whether it acts on a run that goes on or on one that is played back: on both unless said. */
  readonly mode?: 'live' | 'replay';
  /** `inside` is the size within the panel's border; undefined where it is not on the screen. */
  act(model: Model, key: string, inside: Size | undefined): Step;
}

/** A part of the screen, as the registry lists it. It draws `S`: what it selects from the model. */
export interface Panel<S = unknown> {
  readonly id: string;
  /** What messages call it. */
  readonly name: string;
  readonly column: 'left' | 'right';
  /** Rows, border included, without which it is not worth showing, and beyond which it gains nothing. */
  readonly minimum: number;
  readonly maximum: number;
  /** Rows that it should have before a third panel joins its column. */
  readonly ample: number;
  /** Its share of the rows that are left over. */
  readonly share: number;
  /** Small screens give up the panel with the highest number first. */
  readonly dropped: number;
  /** Whether it draws the model's activations, which the trainer sends only when asked. */
  readonly pictures: boolean;
  /** Whether what it says is of now also while the pictures are of an earlier step. */
  readonly ofNow?: boolean;
  /** Whether it draws what parts are worth, which the trainer measures only when asked. */
  readonly ablation?: boolean;
  /** Whether it shows one of the probe prompts. */
  readonly prompt?: boolean;
  /** The panel of which it enlarges what is selected: `enter` leads here from there, and `esc` back. */
  readonly enlarges?: string;
  readonly keys: readonly PanelKey[];
  /** What turning the wheel over it stands for, as keys. */
  readonly wheel?: Readonly<Record<'wheel_up' | 'wheel_down', string>>;
  /** Whether the run has what it shows; a panel that is not offered has no key. Always, unless said. */
  offered?(model: Model): boolean;
  /** Whether all of it stands in the panel that enlarges what is selected in it: where that one has room, it stands aside until it is opened. */
  repeated?(model: Model): boolean;
  /** What its cursor is on, where that is parts of the model. */
  parts?(model: Model): UnderCursor;
  /** What of the view stays as it is from when the panel has the focus, so that keys act on what is read. */
  settle?(model: Model): Partial<View> | undefined;
  /** The view without what `esc` puts away before the panel gives the screen back, and after; undefined while there is nothing. */
  putAway?(model: Model): Partial<View> | undefined;
  stepOut?(model: Model): Model | undefined;
  /** The view after a press on a cell inside its border, counted from 0 at its top left. */
  pressed?(model: Model, at: { readonly x: number; readonly y: number }, inside: Size): Partial<View> | undefined;
  /**
   * All that it draws, and nothing else: it is drawn again only when a value, or one of an object among the values, is
   * another one.
   * @param under what the cursor of the focused panel is on
   */
  select(model: Model, under: UnderCursor | undefined): S;
  /** Rows, border included, that it makes use of when it is given `size`, border included: all unless said. */
  uses?(shown: S, size: Size): number;
  /** Of a panel that draws attention: entries that have a pixel of their own in `size`, border included; no fewer in a larger one. */
  sees?(shown: S, size: Size): number;
  /** Of these, as many as are to be seen before other panels gain: one for each part. */
  foremost?(shown: S): number;
  /** `size` is that of the inside of the border. */
  draw(shown: S, size: Size): PanelPicture;
}

/** Some of an object's values. */
export function pick<T extends object, K extends keyof T>(from: T, ...keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;
}

/** Whether two selections show the same. */
export function sameSelection(a: unknown, b: unknown, depth = 2): boolean {
  if (Object.is(a, b)) return true;
  if (depth === 0 || !isPlain(a) || !isPlain(b)) return false;
  const [mine, theirs] = [Object.keys(a), Object.keys(b)];
  return mine.length === theirs.length && mine.every((key) => key in b && sameSelection(a[key], b[key], depth - 1));
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
