import type { Style } from '../../plot/style.ts';
import type { Line } from '../../plot/text.ts';

const known = new WeakMap<Line, Line>();

/** A line that stands back behind what is in front of it; of one line always the same. */
export function receded(line: Line): Line {
  const before = known.get(line);
  if (before) return before;
  const after = line.map(({ text, style }) => ({ text, style: recededStyle(style) }));
  known.set(line, after);
  return after;
}

/** Words and frames in the colour of frames; colours that say a value keep saying it, more weakly. */
function recededStyle({ fg, bg }: Style = {}): Style {
  if (typeof fg !== 'number' && typeof bg !== 'number') return { fg: 'border' };
  return { ...(typeof fg === 'number' && { fg }), ...(bg !== undefined && { bg }), dim: true };
}
