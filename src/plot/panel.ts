import type { Style, Token } from './style.ts';
import { blankLine, fitLine, type Glyphs, type Line, lineWidth, repeated, span } from './text.ts';
import { toAscii } from './to_ascii.ts';

export interface PanelOptions {
  readonly width: number;
  readonly height: number;
  /** What the panel shows. */
  readonly title: string | Line;
  /** The key that leads to it, before the title. */
  readonly mark?: string;
  /** How that was reduced, on the right of the title bar. */
  readonly detail?: string | Line;
  /** Keys that work here, on the right of the bottom bar. */
  readonly footer?: string | Line;
  readonly focused?: boolean;
  /** Of the border, where it says something of what the panel shows. */
  readonly tone?: Token | undefined;
  readonly glyphs?: Glyphs;
  /** Up to (height − 2) rows of (width − 2) cells. */
  readonly body: readonly Line[];
}

/** A body in a rounded border, in exactly height rows of width cells; focus shows in brightness and as `▸`. */
export function drawPanel(options: PanelOptions): Line[] {
  const { width, height, title, mark, detail = '', footer = '', focused = false, tone, glyphs, body } = options;
  if (width < 4 || height < 2) return Array.from({ length: height }, () => blankLine(width));
  const border: Style = focused ? { fg: tone ?? 'focus', bold: true } : { fg: tone ?? 'border' };
  const named = toLine(title, focused ? { fg: 'focus', bold: true } : { fg: 'title', bold: true });
  const heading = mark === undefined ? named : [span(`${mark} `, { fg: 'hint' }), ...named];
  const said = (line: Line) => (glyphs === 'ascii' ? inWords(line) : line);
  const inner = Array.from({ length: height - 2 }, (_, row) => [
    span('│', border),
    ...fitLine(body[row] ?? [], width - 2),
    span('│', border),
  ]);
  const lines = [
    bar(['╭', '╮'], width, border, focused ? '▸' : '─', heading, said(toLine(detail, { fg: 'hint' }))),
    ...inner,
    bar(['╰', '╯'], width, border, '─', [], said(toLine(footer, { fg: 'hint' }))),
  ];
  return glyphs === 'ascii' ? toAscii(lines) : lines;
}

/** A border row `╭─ left ───── right ─╮`; the right text gives way before the left. */
function bar(
  corners: readonly [string, string],
  width: number,
  border: Style,
  marker: string,
  left: Line,
  right: Line,
): Line {
  // Between the corners one cell goes to the marker and one to the rule before the right corner.
  const room = width - 4;
  const first = padded(left, room);
  const second = padded(right, room - lineWidth(first) - (first.length > 0 ? 1 : 0));
  const rule = repeated('─', room - lineWidth(first) - lineWidth(second));
  return [
    span(`${corners[0]}${marker}`, border),
    ...first,
    span(rule, border),
    ...second,
    span(`─${corners[1]}`, border),
  ];
}

/** A text with a space on either side, cut to the room; nothing when there is no room for a few letters. */
function padded(line: Line, room: number): Line {
  const width = Math.min(lineWidth(line), room - 2);
  return lineWidth(line) === 0 || width < 3 ? [] : [span(' '), ...fitLine(line, width), span(' ')];
}

function toLine(text: string | Line, style: Style): Line {
  return typeof text === 'string' ? [span(text, style)] : text;
}

/** Directions in words, which take more room than arrows. */
function inWords(line: Line): Line {
  return line.map((part) => ({
    ...part,
    text: part.text.replace(/more ↑/g, 'more above').replace(/more ↓/g, 'more below'),
  }));
}
