import type { Line } from '../../plot/text.ts';
import { fitLine, span, textWidth } from '../../plot/text.ts';
import type { Size } from './size.ts';
import { smallest } from './size.ts';

/** What is said in the middle of a terminal that is too small for any screen; undefined for one that is not. */
export function tooSmall({ columns, rows }: Size): Line[] | undefined {
  if (columns >= smallest.columns && rows >= smallest.rows) return undefined;
  const words = [
    `The screen needs ${smallest.columns} × ${smallest.rows};`,
    `this terminal has ${columns} × ${rows}.`,
    'Enlarge it, or press q to leave.',
  ];
  const fits = rows > words.length && words.every((text) => textWidth(text) <= columns);
  const said = fits ? words : [`${smallest.columns}×${smallest.rows} needed`];
  const lines = said.slice(0, Math.max(0, rows - 1)).map((text) => fitLine([span(text)], columns, 'center'));
  const above = Math.max(0, Math.floor((rows - 1 - lines.length) / 2));
  return [...Array.from({ length: above }, () => []), ...lines];
}
