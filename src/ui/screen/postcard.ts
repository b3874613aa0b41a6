import { type Card, screenSvg } from '../../plot/screen_svg.ts';
import { seenCells } from '../../plot/seen_cells.ts';
import type { Row } from '../terminal/cells.ts';
import type { Look } from '../terminal/look.ts';

/** What a screen shows as an SVG picture, with these words around it. */
export type Postcard = (card: Card) => string;

/** Keeps a picture of what a screen shows; @returns what to say: where it is */
export type Share<W> = (what: W, postcard: Postcard) => Promise<string>;

/** Rows of a screen as a picture. */
export function postcardOf(rows: readonly Row[], { theme }: Pick<Look, 'theme'>): Postcard {
  const cells = rows.map((row) => row.flatMap((line) => seenCells(line, theme)));
  const last = cells.findLastIndex((row) => row.some(({ symbol }) => symbol.trim() !== ''));
  return (card) => screenSvg(cells.slice(0, last + 1), theme, card);
}
