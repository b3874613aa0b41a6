import { themes } from '../../plot/style.ts';
import { fitLine, type Line } from '../../plot/text.ts';
import type { Look } from '../terminal/look.ts';
import { tintsOf } from '../terminal/look.ts';

/** The row of a list with the cursor, on ground of its own where the terminal has a colour for that. */
export function highlighted(line: Line, look: Look, width: number): Line {
  const theme = tintsOf(look);
  const row = fitLine(line, width);
  if (!theme) return row;
  const bg = themes[theme].selection;
  // Hints would be too weak on it.
  return row.map((part) => ({
    ...part,
    style: { bg, ...part.style, ...(part.style?.fg === 'hint' && { fg: 'value' }) },
  }));
}
