import stringWidth from 'string-width';
import { visible } from '../core/visible.ts';
import type { Style } from './style.ts';

/** A stretch of text drawn one way. */
export interface Span {
  readonly text: string;
  readonly style?: Style;
}

/** One row of the screen. */
export type Line = readonly Span[];

export type Align = 'left' | 'right' | 'center';

/** Which symbols a terminal can show. */
export type Glyphs = 'unicode' | 'ascii';

export function span(text: string, style?: Style): Span {
  return style ? { text, style } : { text };
}

/** Latin text and all the symbols that we draw with: one cell each, no measuring needed. */
const narrow =
  /^[\x20-\x7e\u00a0-\u00ac\u00ae-\u02ff\u0370-\u03ff\u2010-\u2027\u2030-\u205e\u2070-\u209c\u2190-\u22ff\u2500-\u25fc\u2605\u2713\u2715\u2717\u2800-\u28ff]*$/;

/** Cells that a text takes. */
export function textWidth(text: string): number {
  return narrow.test(text) ? text.length : stringWidth(visible(text));
}

export function lineWidth(line: Line): number {
  return line.reduce((width, { text }) => width + textWidth(text), 0);
}

/** A symbol as often as there is room for it: not at all where there is less than none. */
export function repeated(symbol: string, times: number): string {
  return symbol.repeat(Math.max(0, Math.floor(times)));
}

/** A text in exactly `width` cells: padded, or cut with an ellipsis. */
export function fitText(text: string, width: number, align: Align = 'left'): string {
  const [before, after] = padding(width - textWidth(text), align);
  if (before >= 0) return repeated(' ', before) + text + repeated(' ', after);
  if (width <= 0) return '';
  let kept = '';
  let used = 0;
  for (const symbol of narrow.test(text) ? text : graphemes(visible(text))) {
    const next = textWidth(symbol);
    if (used + next > width - 1) break;
    kept += symbol;
    used += next;
  }
  return `${kept}…${repeated(' ', width - 1 - used)}`;
}

const segmenter = new Intl.Segmenter();

/** What a reader takes for single letters, be they several code points. */
export function graphemes(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** A line in exactly `width` cells: padded, or cut with an ellipsis. */
export function fitLine(line: Line, width: number, align: Align = 'left'): Line {
  const [before, after] = padding(width - lineWidth(line), align);
  if (before >= 0) return [...blankLine(before), ...line, ...blankLine(after)];
  const kept: Span[] = [];
  let room = width;
  for (const part of line) {
    const needed = textWidth(part.text);
    // What does not fit, or fits but would leave no cell for the ellipsis, is cut.
    const last = needed >= room;
    kept.push(last ? { ...part, text: fitText(`${part.text} `, room) } : part);
    room -= needed;
    if (last) break;
  }
  return kept;
}

/** A text in rows of at most `width` cells, broken between words (not at no-break spaces); a longer word is cut. */
export function wrapText(text: string, width: number): string[] {
  const rows: string[] = [];
  for (const word of text.split(/[ \n]+/).filter((piece) => piece !== '')) {
    const longer = rows.length > 0 ? `${rows.at(-1)} ${word}` : word;
    if (rows.length > 0 && textWidth(longer) <= width) rows[rows.length - 1] = longer;
    else rows.push(textWidth(word) <= width ? word : fitText(word, width));
  }
  return rows.map((row) => row.replaceAll('\u00a0', ' '));
}

/** A line in two: what fits into `width` cells up to a space, and the rest after it; whole where it fits or has no such space. */
export function breakLine(line: Line, width: number): [Line, Line] {
  let [used, found] = [0, -1];
  const text = line.map((part) => part.text).join('');
  if (textWidth(text) <= width) return [line, []];
  for (let index = 0; index < text.length && used <= width; index++) {
    const symbol = text[index]!;
    if (symbol === ' ' && text.slice(0, index).trim() !== '') found = index;
    used += textWidth(symbol);
  }
  return found < 0 ? [line, []] : [cutLine(line, 0, found), cutLine(line, found + 1, text.length)];
}

/** The symbols of a line from the one at `from` to that before `to`. */
function cutLine(line: Line, from: number, to: number): Line {
  let at = 0;
  return line.flatMap((part) => {
    const text = part.text.slice(Math.max(0, from - at), Math.max(0, to - at));
    at += part.text.length;
    return text === '' ? [] : [{ ...part, text }];
  });
}

export function blankLine(width: number): Line {
  return width > 0 ? [{ text: repeated(' ', width) }] : [];
}

export function toPlain(lines: readonly Line[]): string {
  return lines.map((line) => visible(line.map(({ text }) => text).join(''))).join('\n');
}

/** Cells before and after a text that leaves `room` free; negative when it does not fit. */
function padding(room: number, align: Align): [number, number] {
  if (room < 0) return [-1, 0];
  const before = align === 'left' ? 0 : align === 'right' ? room : Math.floor(room / 2);
  return [before, room - before];
}
