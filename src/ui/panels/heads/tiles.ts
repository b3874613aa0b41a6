import { type Line, repeated, span } from '../../../plot/text.ts';
import { sharpness } from '../../../runs/patterns.ts';
import { entryNames } from '../../screen/pattern_axes.ts';
import type { Size } from '../../screen/size.ts';
import type { Colours, Patterns } from '../../state/pattern.ts';
import { type HeadGrid, numberedLabel } from '../common/geometry.ts';

/** Whether tiles have room to show how sharp a head attends query by query; its mean then stands in the label. */
export const alongQueries = ({ tiles, beside, thumbnail }: HeadGrid): boolean =>
  tiles && (beside === 0 ? thumbnail.columns >= numberedLabel : beside >= numberedLabel);

/** The ends of the colours, and whether something lies beyond. */
export interface ColourRange {
  readonly min: number;
  readonly max: number;
  readonly exceeded: boolean;
}

/** Ends of the colours of tiles: round, and no closer than this, lest what hardly differs seems to. */
const tileStep = 0.05;

/** From the dullest head to the sharpest: on a scale from 0 the tiles of a run that has converged look all alike. */
export function rangeOfTiles(patterns: Patterns, { picture }: Colours): ColourRange {
  const values = Array.from({ length: patterns.layers * patterns.heads }, (_, head) => sharpness(picture(head)));
  const max = Math.ceil(Math.max(...values) / tileStep - 1e-6) * tileStep;
  const least = Math.floor(Math.min(...values) / tileStep + 1e-6) * tileStep;
  return { min: Math.max(0, Math.min(least, max - tileStep)), max: Math.max(max, tileStep), exceeded: false };
}

/** The numbers of the queries under the first tile of a row. */
export function queryNumbers({ rows: count }: Patterns, { margin, beside, thumbnail }: HeadGrid): Line {
  const shown = Math.min(count, thumbnail.columns);
  const names = entryNames({
    first: 0,
    count,
    width: thumbnail.columns,
    cellOf: (entry) => Math.floor((entry * shown) / count) * Math.max(1, Math.floor(thumbnail.columns / count)),
  });
  return [span(`${repeated(' ', 1 + margin + beside)}${names} query`, { fg: 'hint' })];
}

/** In place of a pattern that is not there. */
export function dotted({ columns, rows }: Size, fg: 'pruned' | 'border'): Line[] {
  return Array.from({ length: rows }, () => [span(repeated('·', columns), { fg, dim: true })]);
}
