import type { Reduction } from '../core/series.ts';
import type { Ink } from './canvas.ts';
import { cellAt, dotRow, type Frame, layers } from './frame.ts';
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

/** The sign of the best value on a curve. */
const bestMark = '★';

/** The sign at the head of a curve and in the legend, so that colour is never alone in telling curves apart. */
export function markerOf(role: Token): Marker {
  return markers[role] ?? { unicode: '■', ascii: '#', hollow: '□' };
}

/** The dot at which a curve ends. */
interface Head {
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

/** The area between two reduced curves, as a grid of dots that shows what lies under it. */
export function drawBand(
  { canvas, y }: Frame,
  { low, high }: { readonly low: Reduction; readonly high: Reduction },
  role: Token,
): void {
  const ink: Ink = { style: { fg: role, dim: true }, symbol: ':', layer: layers.band, takesTurns: true };
  for (let x = 0; x < low.min.length; x++) {
    if (Number.isNaN(low.min[x]!) || Number.isNaN(high.max[x]!)) continue;
    const bottom = dotRow(low.min[x]!, y, canvas);
    for (let row = dotRow(high.max[x]!, y, canvas); row <= bottom; row++) {
      if ((x + row) % 2 === 0) canvas.dot(x, row, ink);
    }
  }
}

/** Cells between two signs on a curve. */
const signPitch = 16;

/** The signs of curves on their way, each curve's at places of its own. */
export function drawSigns(
  { canvas, y }: Frame,
  curves: readonly { readonly main: Reduction; readonly role: Token }[],
): void {
  for (const [index, { main, role }] of curves.entries()) {
    const first = Math.floor(((index + 0.5) * signPitch) / curves.length);
    for (let column = first; column < canvas.width; column += signPitch) {
      const at = main.last.findIndex((value, x) => x >= 2 * column && !Number.isNaN(value));
      if (at < 0 || at >= 2 * (column + signPitch)) continue;
      const value = main.last[at]!;
      canvas.write(Math.floor(at / 2), Math.floor(dotRow(value, y, canvas) / 4), markerOf(role).unicode, {
        fg: role,
        bold: true,
      });
    }
  }
}

/** The markers where curves end; the last keeps its cell where several end in one, and the others stand beside it. */
export function drawHeads(
  { canvas }: Frame,
  heads: readonly (Head & { readonly role: Token; readonly isProbed?: boolean })[],
): void {
  const taken = new Set<string>();
  for (const { x, y, role, isProbed } of [...heads].reverse()) {
    const [column, row] = [Math.floor(x / 2), Math.floor(y / 4)];
    const back = heads.map((_, index) => column - index);
    const columns = [...back, ...heads.map((_, index) => column + index)];
    const free = columns.find((one) => one >= 0 && one < canvas.width && !taken.has(`${one} ${row}`)) ?? column;
    taken.add(`${free} ${row}`);
    const { unicode, hollow = unicode } = markerOf(role);
    canvas.write(free, row, isProbed ? hollow : unicode, { fg: role, bold: true });
  }
}

/** A star at the best value, in the colour of its curve; the head of a curve lies over it. */
export function drawBest(
  { canvas, x, y }: Frame,
  best: { readonly step: number; readonly value: number },
  role: Token,
): void {
  const column = cellAt(best.step, x, canvas.width);
  if (column === undefined) return;
  canvas.write(column, Math.floor(dotRow(best.value, y, canvas) / 4), bestMark, { fg: role, bold: true });
}
