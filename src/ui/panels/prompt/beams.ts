import { type Beam, drawBeams } from '../../../plot/beams.ts';
import { mapOn } from '../../../plot/colourmap.ts';
import { fitLine, type Line, repeated, span } from '../../../plot/text.ts';
import { gutter } from '../../../plot/value_axis.ts';
import type { Size } from '../../screen/size.ts';
import type { Look } from '../../terminal/look.ts';

/** Rows of a panel from which attention hangs under its tokens, and rows that it takes at most. */
const [roomy, most] = [26, 12];

/** Rows that the arcs of a panel of so many rows take, with the line that names them; 0 where there is no room. */
export function beamRows(rows: number): number {
  return rows < roomy ? 0 : Math.min(most, Math.floor(rows / 4));
}

/**
 * What a query attends to, as arcs to the tokens above, in `rows` rows.
 * @param from cell of the query, from the left of the plot
 * @param weights attention on the token at each place; what is out of view is left out
 */
export function attentionBeams(
  look: Look,
  name: string,
  from: number,
  weights: readonly Beam[],
  { columns, rows }: Size,
): Line[] {
  if (rows < 2) return [];
  const largest = Math.max(...weights.map(({ share }) => share), 1e-12);
  const width = columns - gutter;
  const { glyphs, depth } = look;
  const beams = weights.filter(({ x }) => x < width).map(({ x, share }) => ({ x, share: share / largest }));
  const arcs = drawBeams({
    width,
    height: rows - 1,
    glyphs,
    depth,
    map: mapOn(look),
    from: Math.min(from, width - 1),
    beams,
  });
  return [
    ...arcs.map((line) => [span(repeated(' ', gutter)), ...line]),
    fitLine(
      [
        span(
          `${repeated(' ', gutter)}attention of ${name}, the stronger the ${look.theme === 'light' ? 'darker' : 'brighter'}`,
          { fg: 'hint' },
        ),
      ],
      columns,
    ),
  ];
}
