import { valueRange } from './axes.ts';
import { Canvas, type Ink } from './canvas.ts';
import type { Token } from './style.ts';
import { type Glyphs, type Line, repeated, span } from './text.ts';
import { gutter, valueAxis } from './value_axis.ts';

interface Ticks {
  readonly values: ArrayLike<number>;
  readonly role: Token;
}

export interface StemsOptions {
  readonly width: number;
  readonly height: number;
  readonly glyphs: Glyphs;
  /** Cells for each entry. */
  readonly pitch: number;
  /** Values drawn as stems from zero, entry by entry. */
  readonly stems: ArrayLike<number>;
  /** Values drawn as ticks right of the stems; dots left of them and beyond the ticks need two cells an entry. */
  readonly right: Ticks;
  readonly left: Ticks;
  readonly far: Ticks;
  /** Ends of the vertical axis; chosen round the values unless given. */
  readonly range?: readonly [number, number];
}

/** The half of a cell that is nearest to a row of dots. */
const tipAt = (y: number): string => (y % 4 < 2 ? '▀' : '▄');

/** Whether ticks have a cell of their own, which half of it then stands for. */
export const drawsBlocks = (pitch: number, glyphs: Glyphs): boolean => pitch >= 3 && glyphs === 'unicode';

/** Round ends of an axis on which stems from zero and all ticks fit. */
export function stemsRange(...series: readonly ArrayLike<number>[]): [number, number] {
  let [low, high] = [0, 0];
  for (const values of series) {
    for (let index = 0; index < values.length; index++) {
      const value = values[index]!;
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return valueRange(low, high, 'linear');
}

/**
 * Values as stems with three others beside each, in exactly `height` rows with a vertical axis to their left: what agrees
 * meets the end of its stem. Position alone tells the four apart.
 */
export function drawStems(options: StemsOptions): Line[] {
  const { width, height, glyphs, pitch, stems, left, right, far } = options;
  const [from, to] = options.range ?? stemsRange(stems, left.values, right.values, far.values);
  const canvas = new Canvas(Math.max(0, width - gutter), height, glyphs);
  const row = (value: number) => Math.round((1 - (value - from) / (to - from)) * (canvas.dotsHigh - 1));
  // All on one layer, so that dots in a cell add up and the last one's colour wins.
  const ink = (fg: Token, symbol: string, dim = false): Ink => ({ style: { fg, dim }, symbol, layer: 1 });
  const inks = {
    stem: ink('hint', '|', pitch < 3),
    left: ink(left.role, '.'),
    right: ink(right.role, '*'),
    far: ink(far.role, ','),
  };
  const tickEnd = pitch >= 3 ? 2 : 1;
  const hasBlocks = drawsBlocks(pitch, glyphs);
  const zero: Ink = { style: { fg: 'border' }, symbol: '-', layer: 0 };
  for (let x = 0; x < 2 * pitch * stems.length; x += 2) canvas.dot(x, row(0), zero);
  for (let entry = 0; entry < stems.length; entry++) {
    const x = 2 * pitch * entry;
    const roomy = pitch >= 2;
    const stem = roomy ? x + 1 : x;
    if (Number.isFinite(stems[entry])) canvas.line(stem, row(0), stem, row(stems[entry]!), inks.stem);
    if (roomy && Number.isFinite(left.values[entry])) canvas.dot(x, row(left.values[entry]!), inks.left);
    if (roomy && Number.isFinite(far.values[entry])) {
      canvas.dot(stem + tickEnd + 1, row(far.values[entry]!), inks.far);
    }
    const tick = right.values[entry]!;
    if (!Number.isFinite(tick)) continue;
    const y = Math.max(0, Math.min(canvas.dotsHigh - 1, row(tick)));
    if (hasBlocks) canvas.write(pitch * entry + 1, Math.floor(y / 4), tipAt(y), { fg: right.role });
    else canvas.line(stem + 1, y, stem + tickEnd, y, inks.right);
  }
  const axis = valueAxis({ from, to, scale: 'linear' }, height, 1.6);
  return canvas.toLines().map((line, index) => [...axis[index]!, ...line]);
}

/** The foot of the stems: a rule with a word for the entries on either side of a boundary. */
export function drawFoot(
  options: Pick<StemsOptions, 'width' | 'pitch'> & {
    readonly count: number;
    /** Entries before the boundary. */
    readonly before: number;
    readonly words: readonly [string, string];
  },
): Line {
  const { width, pitch, count, before, words } = options;
  const room = Math.max(0, width - gutter);
  const split = Math.max(0, Math.min(before, count)) * pitch;
  const rest = Math.min(room, count * pitch) - split;
  return [
    span(`${repeated(' ', gutter - 1)}└`, { fg: 'border' }),
    ...ruleWith(words[0], split),
    ...(split > 0 && rest > 0
      ? [span('┊', { fg: 'theory' }), ...ruleWith(words[1], rest - 1)]
      : ruleWith(words[1], rest)),
  ];
}

function ruleWith(word: string, width: number): Line {
  if (width < word.length + 2) return [span(repeated('─', width), { fg: 'border' })];
  const rule = width - word.length - 2;
  const first = Math.floor(rule / 2);
  return [
    span(`${repeated('─', first)} `, { fg: 'border' }),
    span(word, { fg: 'hint' }),
    span(` ${repeated('─', rule - first)}`, { fg: 'border' }),
  ];
}
