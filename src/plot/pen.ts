import { visible } from '../core/visible.ts';
import { orderly256 } from './colourmap.ts';
import { mix, nearest16, nearest256 } from './palette.ts';
import { type Colour, type ColourDepth, type Style, type Theme, type ThemeName, themes } from './style.ts';
import type { Line } from './text.ts';

/** A style as the terminal understands it: the parameters of its SGR sequences. */
export interface Pen {
  readonly fg: string;
  readonly bg: string;
  /** A bit for each attribute. */
  readonly attributes: number;
}

const bold = 1;
const dim = 2;
const underline = 4;
const inverse = 8;
const strike = 16;
/** Bold and dim share one code that turns both off. */
const codes = [
  { bits: bold | dim, off: '22' },
  { bits: underline, off: '24' },
  { bits: inverse, off: '27' },
  { bits: strike, off: '29' },
];
const switches = [
  { bit: bold, on: '1' },
  { bit: dim, on: '2' },
  { bit: underline, on: '4' },
  { bit: inverse, on: '7' },
  { bit: strike, on: '9' },
];
export const plainPen: Pen = { fg: '39', bg: '49', attributes: 0 };

/** What colours come out as. */
export interface Paint {
  readonly depth: ColourDepth;
  readonly theme: ThemeName;
}

/** The visible text of a line, each stretch with the pen that draws it. */
export function penned(line: Line, { depth, theme }: Paint): { readonly text: string; readonly pen: Pen }[] {
  let pen = plainPen;
  return line
    .filter(({ text }) => text !== '')
    .map(({ text, style }) => {
      const next = style ? penOf(style, depth, theme) : plainPen;
      // Nobody sees the ink of a space: keep the pen and save the bytes.
      const unseen = next !== pen && !marksSpaces(next) && !marksSpaces(pen) && /^ *$/.test(text);
      if (!unseen) pen = next;
      return { text: visible(text), pen };
    });
}

export function samePen(a: Pen, b: Pen): boolean {
  return a === b || (a.fg === b.fg && a.bg === b.bg && a.attributes === b.attributes);
}

/** The shortest sequence that turns one pen into another. */
export function penChange(from: Pen, to: Pen): string {
  if (from === to) return '';
  const difference = parameters(from, to);
  if (difference === '') return '';
  const restart = `;0${parameters(plainPen, to)}`;
  return `\x1b[${(restart.length < difference.length ? restart : difference).slice(1)}m`;
}

/** Each after a semicolon. */
function parameters(from: Pen, to: Pen): string {
  let list = '';
  if (from.attributes !== to.attributes) {
    let kept = from.attributes;
    for (const { bits, off } of codes) {
      if ((from.attributes & ~to.attributes & bits) === 0) continue;
      list += `;${off}`;
      kept &= ~bits;
    }
    for (const { bit, on } of switches) if (to.attributes & ~kept & bit) list += `;${on}`;
  }
  if (from.fg !== to.fg) list += `;${to.fg}`;
  if (from.bg !== to.bg) list += `;${to.bg}`;
  return list;
}

function marksSpaces(pen: Pen): boolean {
  return pen.bg !== plainPen.bg || pen.attributes >= underline;
}

/** The colours of a style as 0xRRGGBB, where it has any and all can be shown; whether a weak one has yet to be made so. */
export function coloursOf({ fg, bg, dim = false }: Style, theme: Theme) {
  const [front, back] = [rgbOf(fg, theme), rgbOf(bg, theme)];
  const mixes = dim && (front !== undefined || back !== undefined);
  const shown = (rgb: number | undefined) => (mixes && rgb !== undefined ? mix(rgb, theme.background, weak) : rgb);
  return { fg: shown(front), bg: shown(back), dim: dim && !mixes };
}

/** What is left of a colour that stands back. */
const weak = 0.45;

/** What stands back by its colour, and without colours by being dim. */
const receding: ReadonlySet<Colour | undefined> = new Set<Colour>(['border', 'pruned']);

/** Pens by theme and depth, then by both colours, then by attributes: a screen draws with few, thousands of times. */
const pens = new Map<string, Map<Colour | undefined, Map<Colour | undefined, Pen[]>>>();

function penOf(style: Style, depth: ColourDepth, theme: ThemeName): Pen {
  const byInk = kept(pens, `${theme} ${depth}`, () => new Map<Colour | undefined, Map<Colour | undefined, Pen[]>>());
  const byBack = kept(byInk, style.fg, () => new Map<Colour | undefined, Pen[]>());
  const byAttributes = kept(byBack, style.bg, (): Pen[] => []);
  const attributes =
    (style.bold ? bold : 0) |
    (style.dim ? dim : 0) |
    (style.underline ? underline : 0) |
    (style.inverse ? inverse : 0) |
    (style.strike ? strike : 0);
  byAttributes[attributes] ??= newPen(style, depth, themes[theme]);
  return byAttributes[attributes];
}

function kept<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function newPen(style: Style, depth: ColourDepth, theme: Theme): Pen {
  const { fg, bg } = coloursOf(style, theme);
  const mixes = style.dim === true && (fg ?? bg) !== undefined && (depth === '256' || depth === 'truecolor');
  const fades = depth === 'none' && !style.bold && receding.has(style.fg);
  return {
    fg: mixes && fg !== undefined ? sgrColour(fg, depth, 30) : colourParameters(style.fg, depth, theme, 30),
    bg: mixes && bg !== undefined ? sgrColour(bg, depth, 40) : colourParameters(style.bg, depth, theme, 40),
    attributes:
      (style.bold ? bold : 0) |
      ((style.dim && !mixes) || fades ? dim : 0) |
      (style.underline ? underline : 0) |
      (style.inverse ? inverse : 0) |
      (style.strike ? strike : 0),
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
  if (depth === '256') return `${base + 8};5;${nearest256(orderly256(rgb))}`;
  return sixteen(nearest16(rgb), base);
}

function sixteen(index: number, base: 30 | 40): string {
  return String(index < 8 ? base + index : base + 52 + index);
}
