import { visible } from '../core/visible.ts';
import { coloursOf } from './pen.ts';
import type { SeenCell } from './screen_glyphs.ts';
import { type ThemeName, themes } from './style.ts';
import { graphemes, type Line, textWidth } from './text.ts';

/** The cells of a line as a terminal with all colours shows them. */
export function seenCells(line: Line, theme: ThemeName): SeenCell[] {
  return line.flatMap(({ text, style = {} }) => {
    const { bold = false, underline = false, strike = false, inverse = false } = style;
    const { fg, bg, dim } = coloursOf(style, themes[theme]);
    const look = { foreground: fg, background: bg, bold, dim, inverse, underline, strike };
    return graphemes(visible(text)).flatMap((symbol) =>
      Array.from({ length: textWidth(symbol) }, (_, cell) => ({ symbol: cell === 0 ? symbol : '', ...look })),
    );
  });
}
