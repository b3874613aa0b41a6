import type { IBufferCell, Terminal } from '@xterm/headless';
import type { SeenCell } from './svg.ts';

/** The sixteen colours that a terminal chooses itself, here as xterm has them. */
const basic = [
  ...['#000000', '#cd3131', '#0dbc79', '#e5e510', '#2472c8', '#bc3fbc', '#11a8cd', '#e5e5e5'],
  ...['#666666', '#f14c4c', '#23d18b', '#f5f543', '#3b8eea', '#d670d6', '#29b8db', '#ffffff'],
];

/** Rows of cells that a terminal shows. */
export function cellsOf(terminal: Terminal): SeenCell[][] {
  const { active } = terminal.buffer;
  return Array.from({ length: terminal.rows }, (_, y) => {
    const line = active.getLine(active.viewportY + y);
    return Array.from({ length: terminal.cols }, (_, x) => seen(line?.getCell(x)));
  });
}

function seen(cell: IBufferCell | undefined): SeenCell {
  return {
    symbol: cell?.getChars() ?? '',
    foreground: cell && colourOf(cell.isFgRGB(), cell.isFgPalette(), cell.getFgColor()),
    background: cell && colourOf(cell.isBgRGB(), cell.isBgPalette(), cell.getBgColor()),
    bold: Boolean(cell?.isBold()),
    dim: Boolean(cell?.isDim()),
    inverse: Boolean(cell?.isInverse()),
  };
}

function colourOf(isRgb: boolean, isPalette: boolean, value: number): string | undefined {
  if (isRgb) return `#${value.toString(16).padStart(6, '0')}`;
  if (!isPalette) return undefined;
  if (value < 16) return basic[value]!;
  if (value >= 232) return grey(8 + 10 * (value - 232));
  const level = (of: number) => (of === 0 ? 0 : 55 + 40 * of);
  const cube = value - 16;
  return `rgb(${level(Math.floor(cube / 36))},${level(Math.floor(cube / 6) % 6)},${level(cube % 6)})`;
}

function grey(level: number): string {
  return `rgb(${level},${level},${level})`;
}
