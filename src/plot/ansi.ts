import { nearest16, nearest256 } from './palette.ts';
import { type Colour, type ColourDepth, type Style, type Theme, type ThemeName, themes } from './style.ts';
import type { Line } from './text.ts';

/** A style as the terminal understands it: the parameters of its SGR sequences. */
interface Pen {
  readonly fg: string;
  readonly bg: string;
  /** Bold, dim, underline, inverse, strike. */
  readonly attributes: readonly boolean[];
}

const attributeOn = ['1', '2', '4', '7', '9'];
const attributeOff = ['22', '22', '24', '27', '29'];
const plainPen: Pen = { fg: '39', bg: '49', attributes: [false, false, false, false, false] };

/** Rows as text with colour sequences, joined by line feeds; every row starts and ends plain. */
export function toAnsi(
  lines: readonly Line[],
  options: { readonly depth: ColourDepth; readonly theme?: ThemeName },
): string {
  const theme = themes[options.theme ?? 'dark'];
  return lines.map((line) => ansiLine(line, options.depth, theme)).join('\n');
}

function ansiLine(line: Line, depth: ColourDepth, theme: Theme): string {
  let out = '';
  let pen = plainPen;
  for (const { text, style } of line) {
    if (text === '') continue;
    const next = style ? penOf(style, depth, theme) : plainPen;
    // Nobody sees the ink of a space: keep the pen and save the bytes.
    const unseen = next !== pen && !marksSpaces(next) && !marksSpaces(pen) && /^ *$/.test(text);
    if (!unseen) {
      out += change(pen, next);
      pen = next;
    }
    out += text;
  }
  return out + change(pen, plainPen);
}

/** The shortest sequence that turns one pen into another. */
function change(from: Pen, to: Pen): string {
  const afresh = parameters(plainPen, to);
  const difference = parameters(from, to);
  if (difference.length === 0) return '';
  const restart = ['0', ...afresh];
  const shortest = restart.join(';').length < difference.join(';').length ? restart : difference;
  return `\x1b[${shortest.join(';')}m`;
}

function parameters(from: Pen, to: Pen): string[] {
  const list: string[] = [];
  const turnedOff = attributeOff.filter((_, index) => from.attributes[index] && !to.attributes[index]);
  list.push(...new Set(turnedOff));
  // Bold and dim share one code that turns both off.
  const weightReset = turnedOff.includes('22');
  for (const [index, code] of attributeOn.entries()) {
    const lost = weightReset && attributeOff[index] === '22';
    if (to.attributes[index] && (!from.attributes[index] || lost)) list.push(code);
  }
  if (from.fg !== to.fg) list.push(to.fg);
  if (from.bg !== to.bg) list.push(to.bg);
  return list;
}

function marksSpaces(pen: Pen): boolean {
  return pen.bg !== plainPen.bg || pen.attributes.slice(2).includes(true);
}

function penOf(style: Style, depth: ColourDepth, theme: Theme): Pen {
  const fg = rgbOf(style.fg, theme);
  const mixes = style.dim === true && fg !== undefined && (depth === '256' || depth === 'truecolor');
  return {
    fg: mixes ? sgrColour(mix(fg, theme.background), depth, 30) : colourParameters(style.fg, depth, theme, 30),
    bg: colourParameters(style.bg, depth, theme, 40),
    attributes: [
      style.bold === true,
      style.dim === true && !mixes,
      style.underline === true,
      style.inverse === true,
      style.strike === true,
    ],
  };
}

function rgbOf(colour: Colour | undefined, theme: Theme): number | undefined {
  if (colour === undefined || typeof colour === 'number') return colour;
  return theme.tokens[colour]?.[0];
}

/** SGR parameters of a colour; `base` is 30 for the foreground, 40 for the background. */
function colourParameters(colour: Colour | undefined, depth: ColourDepth, theme: Theme, base: 30 | 40): string {
  const rgb = rgbOf(colour, theme);
  if (rgb === undefined || depth === 'none') return String(base + 9);
  const token = typeof colour === 'string' ? theme.tokens[colour] : null;
  if (depth === '16' && token) return sixteen(token[1], base);
  return sgrColour(rgb, depth, base);
}

function sgrColour(rgb: number, depth: ColourDepth, base: 30 | 40): string {
  if (depth === 'truecolor') return `${base + 8};2;${rgb >> 16};${(rgb >> 8) & 255};${rgb & 255}`;
  if (depth === '256') return `${base + 8};5;${nearest256(rgb)}`;
  return sixteen(nearest16(rgb), base);
}

function sixteen(index: number, base: 30 | 40): string {
  return String(index < 8 ? base + index : base + 52 + index);
}

function mix(rgb: number, background: number): number {
  const channel = (shift: number) => Math.round(0.45 * ((rgb >> shift) & 255) + 0.55 * ((background >> shift) & 255));
  return (channel(16) << 16) | (channel(8) << 8) | channel(0);
}
