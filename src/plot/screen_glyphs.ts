/** A cell of a screen as it is seen; colours are 0xRRGGBB, those of paper and ink where none is said. */
export interface SeenCell {
  /** Empty where a wide symbol before it goes on. */
  readonly symbol: string;
  readonly foreground: number | undefined;
  readonly background: number | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly inverse: boolean;
  readonly underline: boolean;
  readonly strike: boolean;
}

/** Letters that every monospaced font has, at its own width. */
export function isLetter(symbol: string): boolean {
  return /^[!-~\u00a1-\u017f\u0391-\u03c9]$/.test(symbol);
}

/** The halves of a cell that a block fills, 0 above and 1 below; undefined for what is not made of halves. */
export function pixelsOf(symbol: string): readonly number[] | undefined {
  return { '█': [0, 1], '▀': [0], '▄': [1] }[symbol];
}

type Share = readonly [left: number, top: number, right: number, bottom: number];

const shares: Readonly<Record<string, Share>> = { '▐': [0.5, 0, 1, 1], '━': [0, 0.44, 1, 0.56], '┃': [0.4, 0, 0.6, 1] };

/** What a block element of its cell, as [left, top, right, bottom] in shares: fonts leave gaps between them. */
export function shareOf(symbol: string): readonly [number, number, number, number] | undefined {
  const own = shares[symbol];
  if (own) return own;
  const code = symbol.codePointAt(0)!;
  if (code >= 0x2581 && code <= 0x2588) return [0, 1 - (code - 0x2580) / 8, 1, 1];
  if (code >= 0x2589 && code <= 0x258f) return [0, 0, (0x2590 - code) / 8, 1];
  return undefined;
}

/** The arms of a line symbol: l, r, u, d. */
const arms: Readonly<Record<string, string>> = {
  ...{ '─': 'lr', '│': 'ud', '┌': 'rd', '┐': 'ld', '└': 'ru', '┘': 'lu' },
  ...{ '├': 'rud', '┤': 'lud', '┬': 'lrd', '┴': 'lru', '┼': 'lrud' },
};

/** Signs of the arms of a rounded corner: to the right or left, down or up. */
const corners: Readonly<Record<string, readonly [number, number]>> = {
  ...{ '╭': [1, 1], '╮': [-1, 1], '╰': [1, -1], '╯': [-1, -1] },
};

type Strokes = (left: number, top: number, width: number, height: number) => string;

/** The path that draws a line symbol in its cell, joined to those beside it; undefined for other symbols. */
export function boxStrokes(symbol: string): Strokes | undefined {
  const corner = corners[symbol];
  if (corner) {
    const [right, down] = corner;
    return (left, top, width, height) => {
      const [x, y] = [left + width / 2, top + height / 2];
      return `M${x + (right * width) / 2} ${y}Q${x} ${y} ${x} ${y + (down * height) / 2}`;
    };
  }
  const own = arms[symbol];
  if (!own) return undefined;
  return (left, top, width, height) => {
    const [x, y] = [left + width / 2, top + height / 2];
    const [fromX, toX] = [own.includes('l') ? left : x, own.includes('r') ? left + width : x];
    const [fromY, toY] = [own.includes('u') ? top : y, own.includes('d') ? top + height : y];
    const across = toX > fromX ? `M${fromX} ${y}h${toX - fromX}` : '';
    return across + (toY > fromY ? `M${x} ${fromY}v${toY - fromY}` : '');
  };
}
