import { mapOn, signedMap } from '../../plot/colourmap.ts';
import { drawScale, drawSignedScale } from '../../plot/heatmap.ts';
import { fitLine, type Line, lineWidth, span } from '../../plot/text.ts';
import type { Look } from '../terminal/look.ts';

/** Cells of a scale: as many as it needs, and beyond which it says no more. */
const scale = { least: 22, most: 40 };

/** The scale of the attention, from 0 unless said, and beside it what else is to be said of the picture, as much as fits. */
export function scaleLine(
  options: {
    readonly width: number;
    /** What is shown, in a word or two. */
    readonly unit?: string;
    readonly min?: number;
    readonly max: number;
    readonly exceeded: boolean;
    readonly look: Look;
    /** Whether the scale goes from −max. */
    readonly signed?: boolean;
  },
  ...notes: readonly string[]
): Line {
  const { width, look, signed = false, min = 0, ...ends } = options;
  const said = asMuchAsFits(notes, width - scale.least - 2);
  const { theme, depth, glyphs } = look;
  const shape = { width: Math.min(scale.most, width - (said === '' ? 0 : said.length + 2)), depth, glyphs };
  const drawn = signed
    ? drawSignedScale({ ...shape, end: ends.max, map: signedMap(theme) })
    : drawScale({ ...shape, ...ends, min, map: mapOn(look) });
  return fitLine([...drawn, span(said === '' ? '' : `  ${said}`, { fg: 'hint' })], Math.max(width, lineWidth(drawn)));
}

/** The notes beside each other, without those that would not fit any more. */
export function asMuchAsFits(notes: readonly string[], width: number): string {
  return notes.reduce((said, note) => {
    const longer = [said, note].filter((one) => one !== '').join('   ');
    return longer.length <= width ? longer : said;
  }, '');
}
