import type { HeatmapLayout } from '../../../plot/heatmap.ts';

const strides = [1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 50, 64, 100, 128, 200, 256, 500, 512, 1000];

/** Numbers of the columns over a heatmap, as many as stand apart. */
export function columnNumbers(columns: number, layout: HeatmapLayout): string {
  return entryNumbers({
    first: 0,
    count: columns,
    width: layout.width,
    cellOf: (column) => layout.cellOf(0, column).x,
  });
}

/** Numbers of the entries `first` … `first + count − 1`, each at its cell, as many as stand apart in `width` cells. */
export function entryNumbers(entries: {
  readonly first: number;
  readonly count: number;
  readonly width: number;
  cellOf(entry: number): number;
}): string {
  const { first, count, width, cellOf } = entries;
  const widest = String(first + count - 1).length + 1;
  const stride = strideFor(count, (width - 1) / count, widest);
  let text = '';
  for (let entry = Math.ceil(first / stride) * stride; entry < first + count; entry += stride) {
    text = text.padEnd(cellOf(entry - first)) + entry;
  }
  return text;
}

/** For each row of the picture the number to its left, where one stands. */
export function rowNumbers(rows: number, layout: HeatmapLayout): (number | undefined)[] {
  const numbers = new Array<number | undefined>(layout.height).fill(undefined);
  const stride = strideFor(rows, layout.height / rows, rows > layout.height ? 2 : 1);
  for (let row = 0; row < rows; row += stride) numbers[layout.cellOf(row, 0).y] = row;
  return numbers;
}

function strideFor(entries: number, cellsAnEntry: number, apart: number): number {
  return strides.find((stride) => stride * cellsAnEntry >= apart) ?? entries;
}
