import { screenSvg } from '../../plot/screen_svg.ts';
import { seenCells } from '../../plot/seen_cells.ts';
import type { Row } from '../terminal/cells.ts';
import type { Look } from '../terminal/look.ts';

/** What a screen shows as an SVG picture, with these lines under it. */
export type Postcard = (caption: readonly string[]) => string;

/** Keeps a picture of what a screen shows; @returns what to say: where it is */
export type Share<W> = (what: W, postcard: Postcard) => Promise<string>;

/** Rows of a screen as a picture. */
export function postcardOf(rows: readonly Row[], { theme }: Pick<Look, 'theme'>): Postcard {
  return (caption) =>
    screenSvg(
      rows.map((row) => row.flatMap((line) => seenCells(line, theme))),
      theme,
      caption,
    );
}
