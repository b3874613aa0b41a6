import type { IBufferCell, Terminal } from '@xterm/headless';
import { colours16, colours256 } from '../../src/plot/palette.ts';
import type { SeenCell } from '../../src/plot/screen_glyphs.ts';

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
    underline: Boolean(cell?.isUnderline()),
    strike: Boolean(cell?.isStrikethrough()),
  };
}

function colourOf(isRgb: boolean, isPalette: boolean, value: number): number | undefined {
  if (isRgb) return value;
  if (!isPalette) return undefined;
  return value < 16 ? colours16[value]! : colours256[value - 16]!;
}
