import type { Line } from '../../plot/text.ts';
import type { Model, Size } from '../state/model.ts';

/** What a panel shows, without its border. */
export interface PanelPicture {
  readonly title: string;
  /** How what is shown was reduced; stands on the right of the title bar. */
  readonly detail?: string | Line;
  /** At most `rows` lines of at most `columns` cells. */
  readonly body: readonly Line[];
}

/** A part of the screen, as the registry lists it. */
export interface Panel {
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
  /** Whether it draws the model's insides, which the trainer sends only when asked. */
  readonly pictures: boolean;
  /** Whether the run has what it shows; a panel that is not offered has no key. Always, unless said. */
  offered?(model: Model): boolean;
  /** Rows, border included, that it makes use of when it is given `size`, border included: all unless said. */
  uses?(model: Model, size: Size): number;
  /** All that `draw` reads from the model: it is drawn again only when one of these is another object. */
  reads(model: Model): readonly unknown[];
  /** `size` is that of the inside of the border. */
  draw(model: Model, size: Size): PanelPicture;
}
