import { positionOf, type Scale, type Tick, valueLabelWidth } from './axes.ts';
import { fitText, type Line, repeated, span } from './text.ts';
import { gutter } from './value_axis.ts';

export interface PlaceAxis {
  readonly from: number;
  readonly to: number;
  readonly scale: Scale;
  readonly ticks: readonly Tick[];
  /** What the places are; stands under the axis of values. */
  readonly title: string;
}

/** A horizontal axis under a canvas `columns` cells wide: a rule with ticks, then as many of their labels as fit. */
export function placeAxis({ from, to, scale, ticks, title }: PlaceAxis, columns: number): Line[] {
  const rule = new Array<string>(columns).fill('─');
  let labels = '';
  for (const { value, label } of ticks) {
    const cell = Math.min(columns - 1, Math.floor(columns * positionOf(value, from, to, scale)));
    rule[cell] = '┬';
    const start = Math.max(0, Math.min(cell - Math.floor(label.length / 2), columns - label.length));
    if (labels === '' || start >= labels.length + 2) labels = labels.padEnd(start) + label;
  }
  return [
    [span(repeated(' ', gutter - 1)), span(`└${rule.join('')}`, { fg: 'border' })],
    [span(`${fitText(title, valueLabelWidth, 'right')}  ${labels}`, { fg: 'hint' })],
  ];
}
