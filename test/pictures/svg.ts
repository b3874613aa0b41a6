/** A cell of a terminal as an emulator understood it; colours are CSS colours. */
export interface SeenCell {
  readonly symbol: string;
  readonly foreground: string | undefined;
  readonly background: string | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly inverse: boolean;
}

const width = 9;
const height = 18;
const paper = '#121212';
const ink = '#d0d0d0';

const escaped: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;' };

/** A screen of cells as an SVG picture: one rectangle for each stretch of background, one text for each symbol. */
export function svgOf(rows: readonly (readonly SeenCell[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const [wide, high] = [columns * width, rows.length * height];
  const parts = rows.flatMap((row, y) => row.map((cell, x) => drawCell(cell, x * width, y * height)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${high}" viewBox="0 0 ${wide} ${high}">`,
    `<rect width="${wide}" height="${high}" fill="${paper}"/>`,
    `<g font-family="DejaVu Sans Mono, monospace" font-size="15" text-anchor="middle">`,
    ...parts.filter((part) => part !== ''),
    '</g></svg>',
  ].join('\n');
}

function drawCell(cell: SeenCell, x: number, y: number): string {
  const own = [cell.foreground ?? ink, cell.background] as const;
  const [foreground, background] = cell.inverse ? [own[1] ?? paper, own[0]] : own;
  const under = background ? `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${background}"/>` : '';
  return under + drawSymbol(cell, foreground, x, y);
}

function drawSymbol({ symbol, bold, dim }: SeenCell, colour: string, x: number, y: number): string {
  if (symbol === ' ' || symbol === '') return '';
  const faint = dim ? ' opacity="0.6"' : '';
  const box = blockOf(symbol);
  if (box) {
    const [left, top, right, bottom] = box;
    const size = `width="${(right - left) * width}" height="${(bottom - top) * height}"`;
    return `<rect x="${x + left * width}" y="${y + top * height}" ${size} fill="${colour}"${faint}/>`;
  }
  const weight = bold ? ' font-weight="bold"' : '';
  const text = escaped[symbol] ?? symbol;
  return `<text x="${x + width / 2}" y="${y + 14}" fill="${colour}"${weight}${faint}>${text}</text>`;
}

/** What a block element fills of its cell, as [left, top, right, bottom] in shares: fonts leave gaps between them. */
function blockOf(symbol: string): readonly [number, number, number, number] | undefined {
  if (symbol === '▀') return [0, 0, 1, 0.5];
  if (symbol === '▐') return [0.5, 0, 1, 1];
  const code = symbol.codePointAt(0)!;
  if (code >= 0x2581 && code <= 0x2588) return [0, 1 - (code - 0x2580) / 8, 1, 1];
  if (code >= 0x2589 && code <= 0x258f) return [0, 0, (0x2590 - code) / 8, 1];
  return undefined;
}
