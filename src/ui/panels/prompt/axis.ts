import { beforeStem, drawsBlocks, stemCells } from '../../../plot/stems.ts';
import type { Glyphs, Line } from '../../../plot/text.ts';
import { fitLine, repeated, span } from '../../../plot/text.ts';
import { gutter } from '../../../plot/value_axis.ts';
import { entryNames } from '../../screen/pattern_axes.ts';

/** Cells that the four marks of a token need, and beyond which they say no more. */
const narrowestToken = 2;
const widestToken = 24;

/** Cells for each token. */
export function pitchOf(tokens: number, width: number): number {
  return Math.max(narrowestToken, Math.min(widestToken, Math.floor((width - gutter) / tokens)));
}

/** Cells of a plot in a panel of so many: what stands at its end are dots, which may come close to the border. */
export const plotWidth = (columns: number): number => columns + 1;

/** The first token in view: half a page at a time, so that the plot stands still while the cursor moves. */
export function firstInView(cursor: number, count: number, tokens: number): number {
  const half = Math.max(1, Math.floor(count / 2));
  return Math.max(0, Math.min(Math.floor(cursor / half) * half - Math.floor(half / 2), tokens - count));
}

/** The tokens' names under the plot, that of the cursor among them. */
export function numbers(
  {
    first,
    count,
    pitch,
    cursor,
    name = String,
  }: {
    readonly first: number;
    readonly count: number;
    readonly pitch: number;
    readonly cursor: number;
    name?(token: number): string;
  },
  width: number,
  unit = 'token',
): Line {
  const cellOf = (entry: number) => entry * pitch + beforeStem(pitch);
  const all = entryNames({ first, count, width: count * pitch, cellOf, name });
  const marked = `▴${name(cursor)}`;
  const at = Math.min(cellOf(cursor - first), Math.max(0, width - gutter - marked.length));
  // No other number so close that it could be read as part of it.
  const before = all
    .slice(0, at)
    .replace(/\S+$/, (cut) => (all[at - 1] === ' ' || at === 0 ? cut : repeated(' ', cut.length)));
  const after = all.slice(at + marked.length).replace(/^\S+/, (cut) => repeated(' ', cut.length));
  return fitLine(
    [
      span(`${unit.padStart(gutter - 2)}  ${before.padEnd(at)}`, { fg: 'hint' }),
      span(marked, { fg: 'focus', bold: true }),
      span(after, { fg: 'hint' }),
    ],
    width,
  );
}

/** A mark of the table as it is drawn in the plot. */
export function marksIn(pitch: number, glyphs: Glyphs): (mark: string) => string {
  const tick = drawsBlocks(pitch, glyphs) ? '▄' : '╺';
  if (stemCells(pitch) === 1 || glyphs === 'ascii') return (mark) => mark.replace('╺', tick);
  return (mark) => (mark.trim() === '│' ? mark.replace('│', '█') : mark.replace('│', ' ').replace('╺', tick));
}
