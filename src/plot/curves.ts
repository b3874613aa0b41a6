import type { Reduction } from '../core/series.ts';
import type { Ink } from './canvas.ts';
import { dotRow, type Frame, layers } from './frame.ts';
import type { Token } from './style.ts';

interface Marker {
  readonly unicode: string;
  readonly ascii: string;
  /** Of the same measured while something was pruned. */
  readonly hollow?: string;
}

const markers: Partial<Record<Token, Marker>> = {
  training: { unicode: '●', ascii: '*', hollow: '○' },
  in_domain: { unicode: '◆', ascii: 'o', hollow: '◇' },
  out_of_domain: { unicode: '▲', ascii: '+', hollow: '△' },
  run_1: { unicode: '●', ascii: '*' },
  run_2: { unicode: '◆', ascii: 'o' },
  run_3: { unicode: '▲', ascii: '+' },
  run_4: { unicode: '■', ascii: '#' },
  run_5: { unicode: '○', ascii: 'x' },
  run_6: { unicode: '◇', ascii: '%' },
};

/** The sign of a curve in legends and, where there are no colours, along it: colour is never alone in telling curves apart. */
export function markerOf(role: Token): Marker {
  return markers[role] ?? { unicode: '■', ascii: '#', hollow: '□' };
}

/** The dot at which a curve ends. */
export interface Head {
  readonly x: number;
  readonly y: number;
}

/**
 * A reduced curve ([2 · cells] columns): a bar from minimum to maximum in every column, joined, broken at gaps. Curves that
 * run through the same cells take turns there, so that none hides another.
 */
export function drawCurve(
  { canvas, y }: Frame,
  curve: Reduction,
  role: Token,
  kind: 'main' | 'faint',
): Head | undefined {
  const ink: Ink =
    kind === 'main'
      ? { style: { fg: role }, symbol: markerOf(role).ascii, layer: layers.main, takesTurns: true }
      : { style: { fg: role, dim: true }, symbol: '.', layer: layers.faint, takesTurns: true };
  let head: Head | undefined;
  let joined = false;
  for (let x = 0; x < curve.last.length; x++) {
    const gap = curve.gap[x] === 1;
    if (gap) joined = false;
    if (Number.isNaN(curve.min[x]!)) continue;
    const top = dotRow(curve.max[x]!, y, canvas);
    const bottom = dotRow(curve.min[x]!, y, canvas);
    if (joined && head) canvas.line(head.x, head.y, x, Math.max(top, Math.min(bottom, head.y)), ink);
    canvas.line(x, top, x, bottom, ink);
    head = { x, y: dotRow(curve.last[x]!, y, canvas) };
    joined = !gap;
  }
  return head;
}

/** The area between two reduced curves: edges, and between them a grid of dots; few points are joined as curves are. */
export function drawBand(
  { canvas, y }: Frame,
  { low, high }: { readonly low: Reduction; readonly high: Reduction },
  role: Token,
): void {
  const ink: Ink = { style: { fg: role, dim: true }, symbol: ':', layer: layers.band, takesTurns: true };
  const column = (x: number, top: number, bottom: number): void => {
    for (let row = top + 1; row < bottom; row++) if ((x + row) % 2 === 0) canvas.dot(x, row, ink);
    // Edges show beside the curve as well: of a band within its cell nothing else would be seen.
    canvas.lastingDot(x, top, ink);
    canvas.lastingDot(x, bottom, ink);
  };
  let before: { readonly x: number; readonly top: number; readonly bottom: number } | undefined;
  for (let x = 0; x < low.min.length; x++) {
    const gap = low.gap[x] === 1;
    if (gap) before = undefined;
    if (Number.isNaN(low.min[x]!) || Number.isNaN(high.max[x]!)) continue;
    const [top, bottom] = [dotRow(high.max[x]!, y, canvas), dotRow(low.min[x]!, y, canvas)];
    for (let at = (before?.x ?? x) + 1; before && at < x; at++) {
      const share = (at - before.x) / (x - before.x);
      const between = (from: number, to: number): number => Math.round(from + share * (to - from));
      column(at, between(before.top, top), between(before.bottom, bottom));
    }
    column(x, top, bottom);
    before = gap ? undefined : { x, top, bottom };
  }
}
