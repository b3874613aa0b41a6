import { group } from 'd3-array';
import { significant } from '../core/format.ts';
import type { Canvas, Ink } from './canvas.ts';
import { dotRow, type Frame, layers, stepAt } from './frame.ts';
import type { Style, Token } from './style.ts';
import { textWidth } from './text.ts';

/** A value that is multiplied by `factor` in every step: what it is `at` one, and the steps for which it is said. */
export interface Decay {
  readonly factor: number;
  readonly at: number;
  readonly from?: number;
  readonly to?: number;
}

interface Level {
  readonly value: number;
  readonly role?: Token;
  readonly decay?: Decay;
  readonly before?: Past;
}

/** Values that a level had before, each up to a step. */
export type Past = readonly { readonly until: number; readonly value: number }[];

/** Which dots of a line are set, over and over: the first level is dotted, the second dashed, then both in turn. */
const patterns = ['x.x.x.x.', 'xxxx....', 'xxxx..x.', 'x.......'];
const patternOf = (index: number): string => patterns[index % patterns.length]!;

/** A piece of the line of a level, for legends: a period of it, two dots to a cell. */
export function levelSample(index: number): string {
  const cells = { 'x.': '⠄', xx: '⠤', '..': ' ', '.x': '⠠' };
  return patternOf(index).replace(/../g, (pair) => cells[pair as keyof typeof cells]);
}

/** Periods of a pattern that a line has before it is the turn of another in the same cells. */
const turnLength = 2;

/** Lines at the values of levels, behind the curves; where a level was another value, at that. Those in one row of cells take turns. */
export function drawLevels(frame: Frame, levels: readonly Level[]): void {
  const rows = levels.map((level) => (isStraight(level) ? cellRow(frame, level) : Number.NaN));
  for (const [index, level] of levels.entries()) {
    const same = rows.flatMap((row, at) => (row === rows[index] ? [at] : []));
    drawLevel(frame, level, patternOf(index), {
      place: Math.max(0, same.indexOf(index)),
      of: Math.max(1, same.length),
    });
  }
}

const cellRow = ({ canvas, y }: Frame, { value }: Level): number => Math.floor(dotRow(value, y, canvas) / 4);

const isStraight = ({ decay, before = [] }: Level): boolean => !decay && before.length === 0;

function drawLevel(
  { canvas, x, y }: Frame,
  level: Level,
  pattern: string,
  turn: { readonly place: number; readonly of: number },
): void {
  const { value, role = 'theory', decay, before = [] } = level;
  const ink: Ink = { style: { fg: role }, symbol: '-', layer: layers.level };
  const { factor, at, from = at, to = Number.POSITIVE_INFINITY } = decay ?? { factor: 1, at: 0, from: -Infinity };
  for (let column = 0; column < canvas.dotsWide; column++) {
    const period = Math.floor(column / pattern.length / turnLength);
    if (pattern[column % pattern.length] !== 'x' || period % turn.of !== turn.place) continue;
    const step = stepAt(column / (canvas.dotsWide - 1), x);
    if (step < from || step > to) continue;
    const past = before.find(({ until }) => step < until);
    const here = past ? past.value : value * Math.exp((step - at) * Math.log(factor));
    if (Number.isFinite(here)) canvas.dot(column, dotRow(here, y, canvas), ink);
  }
}

/** Whether a level lies outside the axis, so that there is no line to draw; a decay may come in later. */
function isBeyond({ value, decay }: Level, { from, to }: Frame['y']): boolean {
  return !decay && (value < from || value > to);
}

/**
 * Names and values of levels at their right ends, where nothing but the levels is: those of one row in one text, on the line,
 * else over or under it, else each by itself. None stands under that of a smaller value.
 */
export function drawLevelNames(frame: Frame, levels: readonly (Level & { readonly label: string })[]): void {
  const { canvas, y } = frame;
  const inView = levels.filter((level) => !level.decay && !isBeyond(level, y)).sort((a, b) => b.value - a.value);
  const rows = group(inView, (level) => cellRow(frame, level));
  let last = -1;
  /** Whether there was room. */
  const write = (row: number, down: readonly number[], here: typeof inView): boolean => {
    const texts = here.map(({ label, value }) => `${label} ${significant(value)}`);
    const width = textWidth(` ${texts.join(between)} `);
    const places = down.map((by) => ({ row: row + by, start: freeAtEnd(canvas, row + by, width) }));
    const found = places.find((one) => one.row > last && one.start !== undefined);
    if (!found) return false;
    let x = found.start!;
    for (const [at, text] of texts.entries()) {
      const written = `${at === 0 ? ' ' : between}${text}${at === texts.length - 1 ? ' ' : ''}`;
      canvas.write(x, found.row, written, { fg: here[at]!.role ?? 'theory' });
      x += textWidth(written);
    }
    last = found.row;
    return true;
  };
  for (const [row, here] of rows) {
    if (write(row, [0, -1, 1], here)) continue;
    for (const [at, level] of here.entries()) write(row, at === 0 ? [-1, 0, 1] : [0, 1, -1], [level]);
  }
}

const between = ' · ';

/** Where so many cells are free in the right half of a row; one more on either side, so that words do not touch. */
function freeAtEnd(canvas: Canvas, row: number, width: number): number | undefined {
  for (let start = canvas.width - width - 2; start >= canvas.width / 2; start--)
    if (canvas.isFree(start - 1, row, width + 2, layers.level)) return start;
  return undefined;
}

/** Names and values of the levels that lie below or above the axis, with an arrow that way, as many as the edge has room for. */
export function drawBeyond({ canvas, y }: Frame, levels: readonly (Level & { readonly label: string })[]): void {
  const beyond = levels.filter((level) => isBeyond(level, y));
  for (const [arrow, row, here] of [
    ['▾', canvas.height - 1, beyond.filter(({ value }) => value < y.from)],
    ['▴', 0, beyond.filter(({ value }) => value > y.to)],
  ] as const) {
    if (here.length === 0) continue;
    const words = here.map(({ label, value }) => `${label} ${significant(value)}`);
    const fewer = words.map((_, left) => [...words.slice(0, words.length - left), ...(left > 0 ? ['…'] : [])]);
    const texts = [...fewer.map((some) => `${arrow} ${some.join(' · ')}`), arrow];
    writeAtEdge(canvas, row, texts, { fg: here[0]!.role ?? 'theory' });
  }
}

/** The first of the texts for which a row has free room, as far right as possible; none over a curve. */
function writeAtEdge(canvas: Canvas, row: number, texts: readonly string[], style: Style): void {
  for (const text of texts) {
    const width = textWidth(text);
    for (let start = canvas.width - width; start >= 0; start--) {
      if (!canvas.isFree(start, row, width, layers.level)) continue;
      canvas.write(start, row, text, style);
      return;
    }
  }
}
