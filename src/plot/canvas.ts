import { mix } from './palette.ts';
import type { Style } from './style.ts';
import { type Glyphs, type Line, type Span, span } from './text.ts';

/** How a mark on the canvas looks. */
export interface Ink {
  readonly style: Style;
  /** What stands for it where only plain symbols can be shown. */
  readonly symbol: string;
  /** In a cell where layers meet only the highest shows; within one layer dots add up and the later colour wins. */
  readonly layer: number;
  /** Where several such inks of a layer meet in cells, those with dots enough show in turn from column to column. */
  readonly takesTurns?: boolean;
}

/** The dots of one ink in a cell that it shares. */
interface Part {
  readonly ink: Ink;
  bits: number;
}

/** Braille dot of (column, row) in a 2×4 cell, as a bit of U+2800. */
const dotBits = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

/** What a cell shows. */
interface Shown {
  readonly symbol: string;
  readonly style?: Style;
}

interface Letter {
  readonly symbol: string;
  readonly style: Style;
}

/** A drawing of 2×4 dots a cell with one colour a cell, under and over which single letters can lie, on shaded ground. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly dotsWide: number;
  readonly dotsHigh: number;
  readonly glyphs: Glyphs;
  readonly #bits: Uint8Array;
  readonly #inks: (Ink | undefined)[];
  /** For cells in which inks that take turns have met. */
  readonly #parts: (Part[] | undefined)[];
  readonly #over: (Letter | undefined)[];
  readonly #under: (Letter | undefined)[];
  /** Colours of the ground in halves of cells, the upper half of cell n at 2n; −1 is none. */
  #ground: Int32Array | undefined;

  constructor(width: number, height: number, glyphs: Glyphs = 'unicode') {
    this.width = width;
    this.height = height;
    this.dotsWide = 2 * width;
    this.dotsHigh = 4 * height;
    this.glyphs = glyphs;
    this.#bits = new Uint8Array(width * height);
    this.#inks = new Array(width * height);
    this.#parts = new Array(width * height);
    this.#over = new Array(width * height);
    this.#under = new Array(width * height);
  }

  /** Sets the dot at column x from the left and row y from the top; outside the canvas nothing happens. */
  dot(x: number, y: number, ink: Ink): void {
    if (!(x >= 0 && x < this.dotsWide && y >= 0 && y < this.dotsHigh)) return;
    const cell = Math.floor(y / 4) * this.width + Math.floor(x / 2);
    const there = this.#inks[cell];
    if (there && there.layer > ink.layer) return;
    if (there && there.layer < ink.layer) {
      this.#bits[cell] = 0;
      this.#parts[cell] = undefined;
    }
    const bit = dotBits[x & 1]![y & 3]!;
    if (there && there !== ink && there.layer === ink.layer && there.takesTurns && ink.takesTurns) {
      this.#parts[cell] ??= [{ ink: there, bits: this.#bits[cell]! }];
    }
    const parts = this.#parts[cell];
    if (parts) addDot(parts, ink, bit);
    this.#inks[cell] = ink;
    this.#bits[cell] = this.#bits[cell]! | bit;
  }

  /** Shades the half of a cell at column x and half row y behind all that is drawn; colours that overlap mix. */
  shade(x: number, y: number, colour: number): void {
    if (!(x >= 0 && x < this.width && y >= 0 && y < 2 * this.height)) return;
    const half = 2 * (Math.floor(y / 2) * this.width + x) + (y & 1);
    this.#ground ??= new Int32Array(2 * this.width * this.height).fill(-1);
    const there = this.#ground[half]!;
    this.#ground[half] = there < 0 ? colour : mix(colour, there, 0.5);
  }

  /** A straight line between two dots, both included. */
  line(fromX: number, fromY: number, toX: number, toY: number, ink: Ink): void {
    const steps = Math.max(Math.abs(toX - fromX), Math.abs(toY - fromY), 1);
    for (let step = 0; step <= steps; step++) {
      const share = step / steps;
      this.dot(Math.round(fromX + share * (toX - fromX)), Math.round(fromY + share * (toY - fromY)), ink);
    }
  }

  /** Writes over everything, from cell (x, y); what sticks out is cut. */
  write(x: number, y: number, text: string, style: Style): void {
    this.#letter(this.#over, x, y, text, style);
  }

  /** Writes where there are no dots. */
  writeBehind(x: number, y: number, text: string, style: Style): void {
    this.#letter(this.#under, x, y, text, style);
  }

  /** Whether `width` cells from (x, y) lie inside and hold nothing above layer `layer`. */
  isFree(x: number, y: number, width: number, layer: number): boolean {
    if (x < 0 || x + width > this.width || y < 0 || y >= this.height) return false;
    for (let cell = y * this.width + x; cell < y * this.width + x + width; cell++) {
      if (this.#over[cell] || (this.#inks[cell]?.layer ?? layer) > layer) return false;
    }
    return true;
  }

  toLines(): Line[] {
    return Array.from({ length: this.height }, (_, y) => {
      const line: Span[] = [];
      let text = '';
      let style: Style | undefined;
      for (let x = 0; x < this.width; x++) {
        const cell = this.#cell(y * this.width + x);
        if (cell.style !== style && text !== '') {
          line.push(span(text, style));
          text = '';
        }
        text += cell.symbol;
        style = cell.style;
      }
      return text === '' ? line : [...line, span(text, style)];
    });
  }

  #cell(cell: number): Shown {
    const drawn = this.#drawn(cell);
    if (!this.#ground) return drawn ?? nothing;
    const [upper, lower] = [this.#ground[2 * cell]!, this.#ground[2 * cell + 1]!];
    const ground = upper < 0 ? lower : upper;
    if (ground < 0) return drawn ?? nothing;
    if (drawn) return { symbol: drawn.symbol, style: onGround(drawn.style, ground) };
    if (upper === lower || this.glyphs === 'ascii') return { symbol: ' ', style: onGround(bare, ground) };
    const style = halfOf(ground);
    if (upper < 0) return { symbol: '▄', style };
    return { symbol: '▀', style: lower < 0 ? style : onGround(style, lower) };
  }

  /** What shows in a cell before its ground. */
  #drawn(cell: number): Letter | undefined {
    const over = this.#over[cell];
    if (over) return over;
    const parts = this.#parts[cell];
    const ink = parts ? turnOf(parts, cell % this.width) : this.#inks[cell];
    if (!ink) return this.#under[cell];
    const symbol = this.glyphs === 'ascii' ? ink.symbol : String.fromCharCode(0x2800 + this.#bits[cell]!);
    return { symbol, style: ink.style };
  }

  #letter(target: (Letter | undefined)[], x: number, y: number, text: string, style: Style): void {
    if (y < 0 || y >= this.height) return;
    [...text].forEach((symbol, index) => {
      const column = x + index;
      if (column >= 0 && column < this.width) target[y * this.width + column] = { symbol, style };
    });
  }
}

/** Styles on shaded ground: one object each, so that neighbours join. */
const grounded = new WeakMap<Style, Map<number, Style>>();
const bare: Style = {};
const nothing: Shown = { symbol: ' ' };
const halves = new Map<number, Style>();

function onGround(style: Style, bg: number): Style {
  const known = grounded.get(style) ?? new Map<number, Style>();
  grounded.set(style, known);
  const made = known.get(bg) ?? { ...style, bg };
  known.set(bg, made);
  return made;
}

function halfOf(fg: number): Style {
  const made = halves.get(fg) ?? { fg };
  halves.set(fg, made);
  return made;
}

function addDot(parts: Part[], ink: Ink, bit: number): void {
  const own = parts.find((part) => part.ink === ink);
  if (own) own.bits |= bit;
  else parts.push({ ink, bits: bit });
}

/** The ink that shows in a column: each in its turn that has at least half as many dots as the one with most. */
function turnOf(parts: readonly Part[], column: number): Ink {
  const most = Math.max(...parts.map(dotsOf));
  const strong = parts.filter((part) => 2 * dotsOf(part) >= most);
  return strong[column % strong.length]!.ink;
}

function dotsOf({ bits }: Part): number {
  let dots = 0;
  for (let left = bits; left > 0; left &= left - 1) dots++;
  return dots;
}
