import { Canvas } from './canvas.ts';
import { type ColourMap, mapColour } from './colourmap.ts';
import type { ColourDepth } from './style.ts';
import type { Glyphs, Line } from './text.ts';

/** An arc to a cell, as strong as a share of the strongest. */
export interface Beam {
  readonly x: number;
  readonly share: number;
}

/** Below this share an arc is not drawn. */
const faintest = 0.02;

/** Arcs that hang from cell `from` to others, in exactly `height` rows of `width` cells; the strongest lies over the others. */
export function drawBeams(options: {
  readonly width: number;
  readonly height: number;
  readonly glyphs: Glyphs;
  readonly depth: ColourDepth;
  readonly map: ColourMap;
  readonly from: number;
  readonly beams: readonly Beam[];
}): Line[] {
  const { width, height, glyphs, depth, map, from, beams } = options;
  const canvas = new Canvas(width, height, glyphs);
  const farthest = Math.max(1, ...beams.map(({ x }) => Math.abs(x - from)));
  const visible = beams.filter(({ share }) => share >= faintest).sort((a, b) => a.share - b.share);
  for (const [layer, { x, share }] of visible.entries()) {
    const style = depth === 'none' ? { bold: share > 0.5, dim: share < 0.2 } : { fg: mapColour(map, share) };
    const ink = { style, symbol: share > 0.5 ? 'o' : '.', layer };
    const drop = (canvas.dotsHigh - 1) * (0.25 + 0.75 * (Math.abs(x - from) / farthest));
    const steps = Math.max(8, 2 * Math.abs(x - from));
    const at = (step: number): [number, number] => [
      Math.round(2 * (from + ((x - from) * (1 - Math.cos((Math.PI * step) / steps))) / 2)),
      Math.round(drop * Math.sin((Math.PI * step) / steps)),
    ];
    for (let step = 0; step < steps; step++) canvas.line(...at(step), ...at(step + 1), ink);
  }
  return canvas.toLines();
}
