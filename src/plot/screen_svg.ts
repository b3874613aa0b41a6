import { boxStrokes, isLetter, pixelsOf, type SeenCell, shareOf } from './screen_glyphs.ts';
import type { ThemeName } from './style.ts';
import { themes } from './style.ts';
import { escaped } from './svg.ts';
import { wrapText } from './text.ts';

/** Pixels of a cell; dots of braille then lie on a square grid, and so do halves of cells. */
const [width, height] = [9, 18];
/** From the top of a cell to where letters stand. */
const baseline = 14;
/** What DejaVu Sans Mono needs to be as wide as a cell. */
const fontSize = 14.95;
const family = "'DejaVu Sans Mono',Menlo,Consolas,monospace";
const small = { size: 12, width: 7.3, line: 17 };
const large = { size: 18, width: 10.9, line: 27 };

/** A cell and where it stands: column from the left, row from the top. */
export interface PlacedCell {
  readonly x: number;
  readonly y: number;
  readonly cell: SeenCell;
}

/** What is seen where nothing says a colour, 0xRRGGBB. */
export const inks: Readonly<Record<ThemeName, number>> = { dark: 0xd0d0d0, light: 0x1b1d20 };

/** The cells of rows, each where it stands. */
function placed(rows: readonly (readonly SeenCell[])[]): PlacedCell[] {
  return rows.flatMap((row, y) => row.map((cell, x) => ({ x, y, cell })));
}

/** What is said around a picture that leaves its screen. */
export interface Card {
  readonly title: string;
  readonly facts: string;
  /** What comes to the picture again. */
  readonly command: string;
}

/** A screen as an SVG picture, with words around it. */
export function screenSvg(
  rows: readonly (readonly SeenCell[])[],
  theme: ThemeName = 'dark',
  card: Card | undefined = undefined,
): string {
  const columns = Math.max(...rows.map((row) => row.length));
  return screenDocument({ columns, rows: rows.length, theme, card }, drawCells(placed(rows), theme));
}

interface Sheet {
  readonly columns: number;
  readonly rows: number;
  readonly theme: ThemeName;
  readonly card?: Card | undefined;
  /** What stands in the style sheet. */
  readonly rules?: string;
}

/** An SVG picture of a screen of that size from what was drawn of its cells. */
export function screenDocument(sheet: Sheet, drawn: string): string {
  const { columns, rows, theme, card, rules = '' } = sheet;
  const wide = columns * width;
  const { above, below, top, bottom } = around(card, wide, rows * height, theme);
  const high = top + rows * height + bottom;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${high}" viewBox="0 0 ${wide} ${high}" font-family="${family}" font-size="${fontSize}">`,
    ...(rules === '' ? [] : [`<style>${rules}</style>`]),
    `<rect width="${wide}" height="${high}" fill="${hex(themes[theme].background)}"/>`,
    ...above,
    top > 0 ? `<g transform="translate(0 ${top})">${drawn}</g>` : drawn,
    ...below,
    '</svg>\n',
  ].join('\n');
}

/** The words above and below a picture, and the pixels that they take. */
function around(card: Card | undefined, wide: number, cells: number, theme: ThemeName) {
  if (!card) return { above: [], below: [], top: 0, bottom: 0 };
  const faint = hex(themes[theme].tokens.hint![0]);
  const lines = (text: string, { size, width: letter, line }: typeof small, from: number, paint: string) =>
    wrapText(text, Math.floor(wide / letter) - 2).map(
      (row, i) => `<text x="${width}" y="${from + line * (i + 1)}" font-size="${size}" ${paint}>${escaped(row)}</text>`,
    );
  const title = lines(card.title, large, 0, `font-weight="bold" fill="${hex(inks[theme])}"`);
  const facts = lines(card.facts, small, large.line * title.length, `fill="${faint}"`);
  const top = large.line * title.length + small.line * (facts.length + 1);
  const below = lines(card.command, small, top + cells, `fill="${faint}"`);
  return { above: [...title, ...facts], below, top, bottom: small.line * (below.length + 1) };
}

/** Cells as SVG, those of one colour together; `cells` go along the rows, from the top. */
export function drawCells(cells: Iterable<PlacedCell>, theme: ThemeName): string {
  const [paper, ink] = [themes[theme].background, inks[theme]];
  const layers = {
    pixels: new Runs(),
    bars: new Shapes(),
    dots: new Runs('h0'),
    lines: new Shapes(),
    words: new Words(),
  };
  for (const { x, y, cell } of cells) {
    const own = [cell.foreground ?? ink, cell.background] as const;
    const [front, back] = cell.inverse ? [own[1] ?? paper, own[0]] : own;
    const colour = hex(cell.dim ? faded(front, back ?? paper) : front);
    if (back !== undefined && back !== paper) for (const half of [0, 1]) layers.pixels.add(hex(back), x, 2 * y + half);
    drawSymbol(layers, x, y, cell, colour);
    if (cell.underline) layers.lines.add(colour, `M${x * width} ${y * height + height - 1.5}h${width}`);
    if (cell.strike) layers.lines.add(colour, `M${x * width} ${y * height + height / 2}h${width}`);
  }
  return [
    // Halves of cells as strokes one unit wide, dots as strokes of no length with round ends: few letters each.
    layers.pixels.toSvg(`transform="translate(0 4.5)scale(9)" shape-rendering="crispEdges"`),
    layers.bars.toSvg('fill'),
    layers.lines.toSvg('stroke', 'fill="none" stroke-width="1.2"'),
    layers.dots.toSvg(`transform="translate(2.25 2.25)scale(4.5)" stroke-width=".68" stroke-linecap="round"`),
    layers.words.toSvg(),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

interface Layers {
  readonly pixels: Runs;
  readonly bars: Shapes;
  readonly dots: Runs;
  readonly lines: Shapes;
  readonly words: Words;
}

function drawSymbol(layers: Layers, x: number, y: number, { symbol, bold }: SeenCell, colour: string): void {
  if (symbol === ' ' || symbol === '') return;
  const [left, top] = [x * width, y * height];
  const pixels = pixelsOf(symbol);
  const share = shareOf(symbol);
  const strokes = boxStrokes(symbol);
  const code = symbol.codePointAt(0)!;
  if (pixels) for (const half of pixels) layers.pixels.add(colour, x, 2 * y + half);
  else if (share) {
    const [fromX, fromY, toX, toY] = share;
    const [wide, high] = [(toX - fromX) * width, (toY - fromY) * height];
    layers.bars.add(colour, `M${left + fromX * width} ${top + fromY * height}h${wide}v${high}h${-wide}z`);
  } else if (strokes) layers.lines.add(colour, strokes(left, top, width, height));
  else if (code >= 0x2800 && code <= 0x28ff) {
    dotPlaces.forEach(([column, row], bit) => {
      if ((code >> bit) & 1) layers.dots.add(colour, 2 * x + column, 4 * y + row);
    });
  } else layers.words.add(`fill="${colour}"${bold ? ' font-weight="bold"' : ''}`, x, y, symbol);
}

/** Column and row of the dot of each bit of U+2800. */
const dotPlaces = [
  ...[0, 1].flatMap((column) => [0, 1, 2].map((row) => [column, row] as const)),
  [0, 3],
  [1, 3],
] as const;

/** Horizontal strokes on a grid, grown together where they meet; or single dots. */
class Runs {
  /** By colour and row: the columns from and to. */
  readonly #runs = new Map<string, Map<number, [number, number][]>>();
  readonly #mark: string | undefined;

  constructor(mark?: string) {
    this.#mark = mark;
  }

  add(colour: string, x: number, y: number): void {
    const rows = entryOf(this.#runs, colour, () => new Map<number, [number, number][]>());
    const row = entryOf(rows, y, () => []);
    const last = row.at(-1);
    if (last && last[1] === x && !this.#mark) last[1] = x + 1;
    else row.push([x, x + 1]);
  }

  toSvg(attributes: string): string {
    const paths = [...this.#runs].map(([colour, rows]) => {
      const marks = [...rows].flatMap(([y, row]) =>
        row.map(([from, to]) => `M${from} ${y}${this.#mark ?? `h${to - from}`}`),
      );
      return `<path stroke="${colour}" d="${marks.join('')}"/>`;
    });
    return paths.length === 0 ? '' : `<g ${attributes}>${paths.join('')}</g>`;
  }
}

/** Paths by their colours. */
class Shapes {
  readonly #paths = new Map<string, string[]>();

  add(colour: string, path: string): void {
    entryOf(this.#paths, colour, () => []).push(path);
  }

  toSvg(paint: 'fill' | 'stroke', attributes = ''): string {
    const paths = [...this.#paths].map(([colour, all]) => `<path ${paint}="${colour}" d="${all.join('')}"/>`);
    return paths.length === 0 ? '' : `<g ${attributes}>${paths.join('')}</g>`;
  }
}

interface Word {
  readonly x: number;
  readonly y: number;
  text: string;
}

/** Letters that stand side by side are one word, as wide as its cells whatever the font; other symbols stand alone. */
class Words {
  readonly #words = new Map<string, Word[]>();

  add(paint: string, x: number, y: number, symbol: string): void {
    const words = entryOf(this.#words, paint, () => []);
    const last = words.at(-1);
    const goesOn = last?.y === y && last.x + last.text.length === x && isLetter(last.text.at(-1)!) && isLetter(symbol);
    if (goesOn) last.text += symbol;
    else words.push({ x, y, text: symbol });
  }

  toSvg(): string {
    const groups = [...this.#words].map(([paint, words]) => `<g ${paint}>${words.map(wordSvg).join('')}</g>`);
    return groups.join('');
  }
}

function wordSvg({ x, y, text }: Word): string {
  const [left, base] = [x * width, y * height + baseline];
  if (!isLetter(text[0]!))
    return `<text x="${left + width / 2}" y="${base}" text-anchor="middle">${escaped(text)}</text>`;
  const length = text.length > 1 ? ` textLength="${text.length * width}"` : '';
  return `<text x="${left}" y="${base}"${length}>${escaped(text)}</text>`;
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function hex(rgb: number): string {
  const full = rgb.toString(16).padStart(6, '0');
  const isShort = [0, 2, 4].every((at) => full[at] === full[at + 1]);
  return `#${isShort ? full[0]! + full[2]! + full[4]! : full}`;
}

function faded(front: number, back: number): number {
  const channel = (shift: number) => Math.round(0.6 * ((front >> shift) & 255) + 0.4 * ((back >> shift) & 255));
  return (channel(16) << 16) | (channel(8) << 8) | channel(0);
}
