import type { Reduction } from '../core/series.ts';
import { dotRow, type Frame } from './frame.ts';

/** Where a reduced curve runs, in rows of dots, column by column; NaN where no value lies. */
export interface Course {
  readonly tops: Float64Array;
  readonly bottoms: Float64Array;
  /** The last value of a column; where the curve jumps, the median of those round it. */
  readonly line: Float64Array;
  readonly gap: Uint8Array;
  /**
   * What lies below a log axis: all values of a column (2), some (1), none (0). They are dots at its foot, and no bar joins
   * them with others: how far below they are is nothing that the axis can show.
   */
  readonly sunk: Uint8Array;
  /** Row of the last value of all. */
  readonly end: number;
  /** 1 where the curve goes up and down more than it gets on: bars there would be read as an area. */
  readonly jumps: Uint8Array;
  /** Whether it does so anywhere. */
  readonly isJumping: boolean;
}

/** Columns with a value on either side that are looked at for how a curve runs, and how many tell enough together. */
const [reach, enough] = [10, 8];
/**
 * Rows of dots that a curve goes in vain from column to column, on average, from which it jumps: in a low chart it takes fewer
 * to fill an area, …
 */
const inVain = (dotsHigh: number): number => Math.max(1, Math.min(3, dotsHigh / 24));
/** … as long as it moves so much of that in half of the columns: one spike is none of it … */
const lively = 2 / 3;
/** … and goes so many times over what it spans there: twice is down and up again. */
const overAndOver = 4;

export function courseOf({ canvas, y }: Frame, { min, max, last, gap }: Reduction): Course {
  const rowsOf = (values: Float64Array) =>
    values.map((value) => (Number.isNaN(value) ? value : dotRow(value, y, canvas)));
  const [tops, bottoms, line] = [rowsOf(max), rowsOf(min), rowsOf(last)];
  const sunk = Uint8Array.from(max, (top, x) => (y.scale === 'linear' ? 0 : Number(min[x]! <= 0) + Number(top <= 0)));
  for (const [x, share] of sunk.entries()) if (share === 1) bottoms[x] = last[x]! > 0 ? line[x]! : tops[x]!;
  const columns: number[] = [];
  for (let x = 0; x < line.length; x++) if (!Number.isNaN(line[x]!)) columns.push(x);
  const jumps = new Uint8Array(line.length);
  for (const x of jumping(columns, { tops, bottoms, line, gap }, inVain(canvas.dotsHigh))) jumps[x] = 1;
  const isJumping = jumps.includes(1);
  const end = line[columns.at(-1) ?? 0] ?? Number.NaN;
  return {
    tops,
    bottoms,
    line: isJumping ? withMedians(line, columns, jumps) : line,
    gap,
    sunk,
    end,
    jumps,
    isJumping,
  };
}

type Rows = Pick<Course, 'tops' | 'bottoms' | 'line' | 'gap'>;

/** The columns in which a curve jumps: its way through those round them is long, and leads nowhere. */
function jumping(columns: readonly number[], { tops, bottoms, line, gap }: Rows, least: number): number[] {
  const ways = new Float64Array(columns.length + 1);
  const moves = new Float64Array(columns.length + 1);
  for (const [at, x] of columns.entries()) {
    const before = at === 0 || gap[columns[at - 1]!] === 1 ? line[x]! : line[columns[at - 1]!]!;
    const way = bottoms[x]! - tops[x]! + Math.max(0, tops[x]! - before, before - bottoms[x]!);
    ways[at + 1] = ways[at]! + way;
    moves[at + 1] = moves[at]! + Number(way >= lively * least);
  }
  return columns.filter((_, at) => {
    const [first, end] = [Math.max(0, at - reach), Math.min(columns.length, at + reach + 1)];
    const count = end - first;
    const far = Math.abs(line[columns[end - 1]!]! - line[columns[first]!]!);
    const way = ways[end]! - ways[first]!;
    const isLively = moves[end]! - moves[first]! >= count / 2;
    if (count < enough || way - far < least * count || !isLively) return false;
    let [top, bottom] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let near = first; near < end; near++) {
      top = Math.min(top, tops[columns[near]!]!);
      bottom = Math.max(bottom, bottoms[columns[near]!]!);
    }
    return way >= overAndOver * (bottom - top);
  });
}

function withMedians(line: Float64Array, columns: readonly number[], jumps: Uint8Array): Float64Array {
  const smooth = line.slice();
  const values = Float64Array.from(columns, (x) => line[x]!);
  for (const [at, x] of columns.entries()) {
    if (jumps[x] === 0) continue;
    // As many on either side, lest the line lags at its ends.
    const side = Math.min(reach, at, columns.length - 1 - at);
    smooth[x] = values.slice(at - side, at + side + 1).sort()[side]!;
  }
  return smooth;
}

/** From where to where a curve jumps, up to the next column with a value; NaN where it does not. */
export function reachOf({ tops, bottoms, jumps, sunk }: Course): Pick<Course, 'tops' | 'bottoms'> {
  const nothing = () => new Float64Array(tops.length).fill(Number.NaN);
  const [high, low] = [nothing(), nothing()];
  let next = Number.NaN;
  for (let x = tops.length - 1; x >= 0; x--) {
    if (Number.isNaN(tops[x]!)) continue;
    const isJoined = jumps[x] === 1 && jumps[next] === 1 && sunk[x] !== 2 && sunk[next] !== 2;
    const top = isJoined ? Math.min(tops[x]!, tops[next]!) : tops[x]!;
    const bottom = isJoined ? Math.max(bottoms[x]!, bottoms[next]!) : bottoms[x]!;
    for (let at = x; jumps[x] === 1 && at < (isJoined ? next : x + 1); at++) [high[at], low[at]] = [top, bottom];
    next = x;
  }
  return { tops: high, bottoms: low };
}
