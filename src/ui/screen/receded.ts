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

/** Words and frames in the colour of frames; what says a value by its colour goes grey, for weaker colours would say another. */
function recededStyle({ fg, bg }: Style = {}): Style {
  if (typeof fg !== 'number' && typeof bg !== 'number') return { fg: 'border' };
  return {
    ...(typeof fg === 'number' && { fg: greyOf(fg) }),
    ...(typeof bg === 'number' && { bg: greyOf(bg) }),
    dim: true,
  };
}

/** The grey of the same luma (Rec. 601) as an 0xRRGGBB. */
function greyOf(rgb: number): number {
  return Math.round(0.299 * (rgb >> 16) + 0.587 * ((rgb >> 8) & 255) + 0.114 * (rgb & 255)) * 0x010101;
}
