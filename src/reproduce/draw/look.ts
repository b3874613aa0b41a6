import { mapColour } from '../../plot/colourmap.ts';
import { type Box, svgMarker, svgText } from '../../plot/svg.ts';

/** How one of several lines looks: colour, dashes and sign each tell it from the others, so that grey prints do too. */
export interface Look {
  readonly colour: string;
  readonly dash: string;
  readonly sign: number;
}

/** Okabe and Ito 2008, without the yellow, which is faint on white. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#a3387f', '#000000', '#e69f00', '#56b4e9'];
const dashes = ['', '7 3', '2 2.5', '9 3 2 3', '4 2', '12 4', '1 3', '6 2 1 2 1 2'];

export function lookOf(line: number, lines: number): Look {
  // Of many lines, which follow a number, lightness alone tells the order.
  const shade = 0.85 * (line / Math.max(1, lines - 1));
  const many = `#${mapColour('viridis', shade).toString(16).padStart(6, '0')}`;
  const colour = lines > colours.length ? many : colours[line]!;
  return { colour, dash: dashes[line % dashes.length]!, sign: line };
}

export const strokeOf = ({ colour, dash }: Look): string =>
  `stroke="${colour}" stroke-width="1.8"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}`;

const rowHeight = 19;

/** Labels with a piece of their lines, in as many rows as they need. @returns pieces and the pixels that they are high */
export function legend(labels: readonly string[], box: Box): { pieces: string[]; height: number } {
  const pieces: string[] = [];
  let [x, y] = [box.x + 72, box.y + 6];
  labels.forEach((label, i) => {
    const width = 56 + 7.1 * label.length;
    if (x > box.x + 72 && x + width > box.x + box.width) [x, y] = [box.x + 72, y + rowHeight];
    const look = lookOf(i, labels.length);
    pieces.push(`<path d="M${x} ${y + 6}h34" fill="none" ${strokeOf(look)}/>`);
    pieces.push(svgMarker(x + 17, y + 6, look.sign, look.colour), svgText(x + 40, y + 10, label));
    x += width;
  });
  return { pieces, height: labels.length > 0 ? y - box.y + rowHeight : 0 };
}
