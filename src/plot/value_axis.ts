import { positionOf, type Scale, valueLabelWidth, valueTicks } from './axes.ts';
import { type Line, span } from './text.ts';

/** Cells that a vertical axis takes: label, space, rule. */
export const gutter = valueLabelWidth + 2;

/**
 * A vertical axis left of a canvas `height` cells high: one piece of `gutter` cells for each row.
 * @param foot what the lowest row stands for, where that is more than its place on the axis
 */
export function valueAxis(
  range: { readonly from: number; readonly to: number; readonly scale: Scale },
  height: number,
  foot?: string,
): Line[] {
  const { from, to, scale } = range;
  const labels = new Map(
    valueTicks(from, to, scale, height).map(({ value, label }) => [
      Math.floor(((1 - positionOf(value, from, to, scale)) * (4 * height - 1) + 0.5) / 4),
      label,
    ]),
  );
  if (foot) labels.set(height - 1, foot);
  return Array.from({ length: height }, (_, row) => [
    span(`${(labels.get(row) ?? '').padStart(valueLabelWidth)} `, { fg: 'hint' }),
    span(labels.has(row) ? '┤' : '│', { fg: 'border' }),
  ]);
}
