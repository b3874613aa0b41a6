import { mapColour } from '../../plot/colourmap.ts';
import { runTokens, themes } from '../../plot/style.ts';
import { faint, svgMarker, svgText } from '../../plot/svg.ts';

/** Pixels of a figure; what stands around its parts. */
export const figureWidth = 760;
export const edge = 20;
const rowHeight = 20;

/** Colour of one of several groups: those that are told apart best, or along a map where there are more. */
export function colourOf(group: number, groups: number): string {
  const token = runTokens[group];
  const rgb =
    groups <= runTokens.length && token
      ? themes.light.tokens[token]![0]
      : // The bright end is too faint on white.
        mapColour('viridis', (0.88 * group) / Math.max(1, groups - 1));
  return hex(rgb);
}

export const hex = (rgb: number): string => `#${rgb.toString(16).padStart(6, '0')}`;

/** What stands under a figure. */
export function caption(bottom: number, ...texts: readonly string[]): string {
  const text = texts.filter((one) => one !== '').join(' · ');
  return svgText(edge, bottom - 12, text, { size: 11, fill: faint });
}

/** Labels with colours and signs, in as many rows as they need. @returns pieces and the pixels that they are high */
export function legend(labels: readonly string[], top: number): { pieces: string[]; height: number } {
  const widths = labels.map((label) => 34 + 7.2 * label.length);
  const pieces: string[] = [];
  let [x, y] = [edge, top];
  labels.forEach((label, i) => {
    if (x > edge && x + widths[i]! > figureWidth - edge) [x, y] = [edge, y + rowHeight];
    const colour = colourOf(i, labels.length);
    pieces.push(svgMarker(x + 6, y + 8, i, colour), svgText(x + 18, y + 12, label, { fill: colour }));
    x += widths[i]!;
  });
  return { pieces, height: labels.length > 0 ? y - top + rowHeight + 6 : 0 };
}
