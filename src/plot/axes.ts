import { nice, tickStep, ticks } from 'd3-array';
import { powerOfTen, thousands } from '../core/format.ts';

export type Scale = 'linear' | 'log';

export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** Cells that the label of a value takes at most. */
export const valueLabelWidth = 6;

/** Magnitudes that an axis can hold without leaving the normal numbers. */
export const smallest = 1e-300;
export const largest = 1e300;

/** Where `value` lies between `from` (0) and `to` (1); on a log scale what is not positive lies below everything. */
export function positionOf(value: number, from: number, to: number, scale: Scale): number {
  if (scale === 'linear') return (value - from) / (to - from);
  if (value <= 0) return Number.NEGATIVE_INFINITY;
  return (Math.log10(value) - Math.log10(from)) / (Math.log10(to) - Math.log10(from));
}

/**
 * End of a step axis that grows 1, 2, 5, 10, 20, 50 … until it reaches the planned number of steps, so that the picture
 * stands still between few jumps.
 */
export function growingRange(last: number, planned = Number.POSITIVE_INFINITY): number {
  const end = oneTwoFive(Math.max(last, 10), 'up');
  return last <= planned ? Math.min(end, Math.max(planned, 1)) : end;
}

/**
 * A range of round numbers around min … max: on a log scale whole decades, or 1-2-5 steps while less than one decade is
 * needed; on a linear scale from zero when the values are positive and spread that far. It can only grow with the values.
 */
export function valueRange(min: number, max: number, scale: Scale): [number, number] {
  if (scale === 'log') {
    if (max / min < 10) {
      const [low, high] = [oneTwoFive(min, 'down'), oneTwoFive(max, 'up')];
      return low < high ? [low, high] : [low / 2, high * 2];
    }
    // Losses fall: whole decades below keep the axis still for long; above, little is left empty.
    return [decade(exponentBelow(min)), oneTwoFive(max, 'up')];
  }
  return flatRange(min, max) ?? nice(fromZero(min, max), max, 4);
}

/** Zero where the values are positive and spread that far. */
const fromZero = (min: number, max: number): number => (min >= 0 && min < 0.7 * max ? 0 : min);

/** The range of values that hardly differ; undefined for others: labels have room for three digits after the leading one. */
function flatRange(min: number, max: number): [number, number] | undefined {
  const low = fromZero(min, max);
  const size = Math.max(Math.abs(low), Math.abs(max));
  if (size < smallest) return [0, 1];
  return max - low < 1e-3 * size ? [low - size / 2, max + size / 2] : undefined;
}

/** From one label of a linear axis to the next, times a power of ten; and those that fit in six cells. */
const digits = [1, 2, 2.5, 5];
/** Rows between two labels of a linear axis, at least, and rows from which labels lie whole rows apart. */
const [apart, tall] = [3, 12];
/** Two labels tell a scale, three show that it is linear. */
const isApart = (each: number, rows: number): boolean => each > apart - 1e-6 && 2 * each < rows + 1e-6;

/** Steps between labels, from the finest that could be meant. */
function* labelSteps(span: number, rows: number): Generator<number> {
  const first = exponentBelow(span / rows);
  for (let exponent = first; exponent <= first + 4; exponent++)
    for (const digit of digits) yield Number(`${digit}e${exponent}`);
}

/**
 * The ends of a linear axis `rows` high that holds min … max, with labels whole rows apart and a whole
 * number of rows below the lowest: of these the shortest. Where there are too few rows for that, as `valueRange`.
 */
export function evenRange(min: number, max: number, rows: number): [number, number] {
  if (rows < tall || flatRange(min, max)) return valueRange(min, max, 'linear');
  const low = fromZero(min, max);
  let best: [number, number] | undefined;
  for (const step of labelSteps(max - low, rows)) {
    const first = step * Math.ceil(low / step - 1e-9);
    let each = Math.floor((step * dotsOf(rows)) / (4 * (max - low)) + 1e-9);
    for (; isApart(each, rows); each--) {
      const row = step / each;
      const from = first - row * Math.ceil((first - low) / row - 1e-9);
      const to = from + (row * dotsOf(rows)) / 4;
      if (to < max) continue;
      if (!best || to - from < best[1] - best[0]) best = [from, to];
      break;
    }
  }
  return best ?? valueRange(min, max, 'linear');
}

/** Dots from the lowest to the highest of so many rows, four dots each. */
const dotsOf = (rows: number): number => 4 * rows - 1;

/** The step between labels whole rows apart on an axis that `evenRange` made; undefined on others. */
function evenStep(from: number, to: number, rows: number): number | undefined {
  for (const step of labelSteps(to - from, rows)) {
    const each = (step * dotsOf(rows)) / (4 * (to - from));
    const isWhole = (value: number) => Math.abs(value - Math.round(value)) < 1e-6;
    if (isApart(each, rows) && isWhole(each) && isWhole((from / step) * each)) return step;
  }
  return undefined;
}

/** Decades from one label to the next, as few as rows allow. */
const strides = [1, 2, 3, 5, 10, 20, 50, 100, 200];
/** Decades up to which 2 and 5 are labelled on any axis. */
const hardlyMore = 1.5;
/** Rows between the labels of an axis, and those of a decade in which 2 and 5 are labelled as well. */
const [leastApart, withDigits] = [2, 7];

/**
 * The lower end of a log axis that ends at `to` and is `dots` dots high, four to a row, such that its labels lie whole rows
 * apart and `min` is on it: as much of the height is used as that allows. Undefined for a range of hardly more than a decade.
 */
export function evenDecades(min: number, to: number, dots: number): number | undefined {
  const decades = Math.log10(to) - Math.log10(min);
  if (decades <= hardlyMore) return undefined;
  const rowsOf = (stride: number) => Math.floor((stride * dots) / (4 * decades) + 1e-9);
  const stride = strides.find((one) => rowsOf(one) >= leastApart);
  if (stride === undefined) return undefined;
  return Math.max(smallest, to / 10 ** ((stride * dots) / (4 * rowsOf(stride))));
}

/** Labelled values of a vertical axis `rows` cells high, no closer than two rows. */
export function valueTicks(from: number, to: number, scale: Scale, rows: number): Tick[] {
  if (scale === 'linear') return linearTicks(from, to, rows);
  const first = exponentAbove(from);
  const last = exponentBelow(to);
  const decades = Math.log10(to) - Math.log10(from);
  // Dots are a quarter of a row high; the first and the last lie on the ends.
  const rowsApart = (rows - 1 / 4) / decades + 1e-9;
  if (decades <= hardlyMore || rowsApart >= withDigits) return subdecades(from, to, rows);
  const stride = strides.find((every) => every * rowsApart >= leastApart) ?? 200;
  const exponents: number[] = [];
  for (let exponent = last; exponent >= first; exponent -= stride) exponents.push(exponent);
  return exponents.reverse().map((exponent) => ({ value: decade(exponent), label: powerOfTen(exponent) }));
}

/** Labelled steps of a horizontal axis `columns` cells wide. */
export function stepTicks(from: number, to: number, scale: Scale, columns: number): Tick[] {
  const values =
    scale === 'linear'
      ? ticks(from, to, Math.max(1, Math.floor(columns / 14))).filter(Number.isInteger)
      : logSteps(from, to, Math.max(1, Math.floor(columns / 9)));
  return values.map((value) => ({ value, label: thousands(value) }));
}

function linearTicks(from: number, to: number, rows: number): Tick[] {
  const even = evenStep(from, to, rows);
  const count = Math.max(1, Math.floor(rows / apart));
  const step = even ?? tickStep(from, to, count);
  const values = even ? multiples(even, from, to) : ticks(from, to, count);
  const decimals = Array.from({ length: valueLabelWidth }, (_, places) => places).find(
    (places) => Math.abs(step * 10 ** places - Math.round(step * 10 ** places)) < 1e-9,
  );
  const plain =
    decimals === undefined ? [] : values.map((value) => (decimals > 0 ? value.toFixed(decimals) : thousands(value)));
  const fits = plain.length > 0 && plain.every((label) => label.length <= valueLabelWidth);
  return values.map((value, index) => ({ value, label: fits ? plain[index]! : shortScientific(value) }));
}

function multiples(step: number, from: number, to: number): number[] {
  const [first, last] = [Math.ceil(from / step - 1e-6), Math.floor(to / step + 1e-6)];
  return Array.from({ length: last - first + 1 }, (_, at) => (first + at) * step);
}

/** 1, 2 and 5 of every decade in range, fewer where rows are scarce. */
function subdecades(from: number, to: number, rows: number): Tick[] {
  const values: number[] = [];
  for (let exponent = exponentBelow(from); exponent <= exponentAbove(to); exponent++) {
    for (const digit of rows >= 8 ? [1, 2, 5] : [1]) values.push(Number(`${digit}e${exponent}`));
  }
  const inside = values.filter((value) => value >= from * 0.999 && value <= to * 1.001);
  const shown = inside.length >= 2 || rows < 3 ? inside : [from, to];
  return shown.map((value) => ({
    value,
    label: value >= 0.001 && value < 1e5 ? String(value) : shortScientific(value),
  }));
}

function logSteps(from: number, to: number, room: number): number[] {
  const decades: number[] = [];
  for (let exponent = exponentAbove(from); exponent <= exponentBelow(to); exponent++) decades.push(decade(exponent));
  if (decades.length < 3) return [...new Set([from, ...decades, to])].filter(Number.isInteger).sort((a, b) => a - b);
  const stride = Math.ceil(decades.length / room);
  return decades.filter((_, index) => index % stride === 0);
}

function shortScientific(value: number): string {
  return value === 0 ? '0' : value.toExponential(Number(value.toPrecision(1)) === value ? 0 : 1).replace('e+', 'e');
}

/** Read from its decimal form, so that it is the double nearest to the power on every platform. */
function decade(exponent: number): number {
  return Number(`1e${exponent}`);
}

/** The largest power of ten not above a value; the rounding of log10 next to a power is put right. */
function exponentBelow(value: number): number {
  const guess = Math.floor(Math.log10(value));
  if (decade(guess) > value) return guess - 1;
  return decade(guess + 1) <= value ? guess + 1 : guess;
}

/** The smallest power of ten not below a value. */
function exponentAbove(value: number): number {
  const below = exponentBelow(value);
  return decade(below) === value ? below : below + 1;
}

/** The nearest 1, 2 or 5 times a power of ten that is not below, or not above, a positive value. */
export function oneTwoFive(value: number, direction: 'up' | 'down'): number {
  const exponent = exponentBelow(value);
  const steps = [1, 2, 5, 10].map((digit) => Number(`${digit}e${exponent}`));
  if (direction === 'up') return steps.find((step) => step >= value)!;
  return steps.findLast((step) => step <= value)!;
}
