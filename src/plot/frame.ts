import { positionOf, type Scale } from './axes.ts';
import type { Canvas } from './canvas.ts';
import type { CellSteps } from './reading.ts';

/** A canvas and what its edges stand for. */
export interface Frame {
  readonly canvas: Canvas;
  readonly x: { readonly from: number; readonly to: number; readonly scale: Scale };
  readonly y: { readonly from: number; readonly to: number; readonly scale: Scale };
}

/** Layers of a chart; where they meet in a cell the higher one shows. */
export const layers = { band: 0, level: 1, faint: 2, main: 3 };

/** Row of dots of a value; a log axis shows what is not positive at its foot. Far outside is as good as outside. */
export function dotRow(value: number, { from, to, scale }: Frame['y'], { dotsHigh }: Canvas): number {
  const position = positionOf(value, from, to, scale);
  if (position === Number.NEGATIVE_INFINITY) return dotsHigh - 1;
  return Math.max(-dotsHigh, Math.min(2 * dotsHigh, Math.round((1 - position) * (dotsHigh - 1))));
}

/** The cell of `width` in which a step lies; undefined outside. */
export function cellAt(step: number, { from, to, scale }: Frame['x'], width: number): number | undefined {
  const share = positionOf(step, from, to, scale);
  return share >= 0 && share <= 1 ? Math.min(width - 1, Math.floor(width * share)) : undefined;
}

/** The whole steps that lie in a cell; where a cell is less than a step wide there may be none. */
export function stepsOfCell(cell: number, x: Frame['x'], width: number): CellSteps {
  const start = (at: number) => Math.ceil(stepAt(at / width, x) - 1e-9);
  return { first: start(cell), last: cell === width - 1 ? Math.floor(x.to) : start(cell + 1) - 1 };
}

/** The step that lies at a share of the axis; the inverse of `positionOf`. */
export function stepAt(share: number, { from, to, scale }: Frame['x']): number {
  if (scale === 'linear') return from + share * (to - from);
  return Math.exp(Math.log(from) + share * (Math.log(to) - Math.log(from)));
}
