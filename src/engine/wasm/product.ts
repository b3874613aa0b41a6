import { type Code, numberBytes, type Pointer, type Vector, vectorBytes, width } from './code.ts';
import { flushed } from './functions.ts';
import { sumOfLanes } from './loops.ts';

/** Distances in numbers: between neighbours along an axis of the left and right factor and of the product. */
interface Steps {
  readonly left: number;
  readonly right: number;
  readonly result: number;
}

/**
 * Products of matrices, C[i, k] = Σ_j A[i, j] B[j, k], for every index of the leading loops. Either neighbours along k lie
 * side by side in B and C, or (`isDot`) neighbours along j do in A and B.
 */
export interface Product {
  readonly leading: readonly (Steps & { readonly length: number })[];
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly row: Pick<Steps, 'left' | 'result'>;
  readonly along: Pick<Steps, 'left' | 'right'>;
  /** Between columns; 1 where they lie side by side. */
  readonly column: Pick<Steps, 'right' | 'result'>;
  readonly isDot: boolean;
}

/** Rows and vectors of columns in a tile: eight sums stay in registers. */
const [tileRows, tileVectors] = [4, 2] as const;
/** Rows that are taken with each panel of columns before the next rows, so that what is read of A stays in the cache. */
const blockNumbers = 1 << 15;

interface Pointers {
  readonly left: Pointer;
  readonly right: Pointer;
  readonly result: Pointer;
}

/** Writes the loops of a product; the parameters are A, B and C. */
export function writeProduct(code: Code, product: Product): void {
  const [left, right, result] = [0, 1, 2];
  writeLeading(code, product, 0, { left, right, result });
}

function writeLeading(code: Code, product: Product, depth: number, from: Pointers): void {
  const loop = product.leading[depth];
  if (!loop) {
    if (product.isDot) writeDots(code, product, from);
    else writeBlocks(code, product, from);
    return;
  }
  const at = { left: code.pointer(from.left), right: code.pointer(from.right), result: code.pointer(from.result) };
  code.repeat(loop.length, () => {
    writeLeading(code, product, depth + 1, at);
    for (const name of ['left', 'right', 'result'] as const) code.advance(at[name], loop[name] * numberBytes);
  });
}

/** So many rows at a time, and then those that are left. */
function writeRows(
  code: Code,
  { row }: Product,
  [rows, together]: readonly [number, number],
  from: Pointers,
  write: (rows: number, at: Pointers) => void,
): void {
  const at = { ...from, left: code.pointer(from.left), result: code.pointer(from.result) };
  code.repeat(Math.floor(rows / together), () => {
    write(together, at);
    code.advance(at.left, together * row.left * numberBytes);
    code.advance(at.result, together * row.result * numberBytes);
  });
  if (rows % together > 0) write(rows % together, at);
}

/** Blocks of rows, of panels of columns, of tiles. */
function writeBlocks(code: Code, product: Product, from: Pointers): void {
  const { rows, inner } = product;
  const block = Math.max(tileRows, Math.floor(blockNumbers / inner / tileRows) * tileRows);
  writeRows(code, product, [rows, block], from, (some, at) => writePanels(code, product, some, at));
}

/** Panels of columns; the last may be narrower. */
function writePanels(code: Code, product: Product, rows: number, from: Pointers): void {
  const columns = tileVectors * width;
  const at = { ...from, right: code.pointer(from.right), result: code.pointer(from.result) };
  code.repeat(Math.floor(product.columns / columns), () => {
    writeTiles(code, product, { rows, columns }, at);
    code.advance(at.right, columns * numberBytes);
    code.advance(at.result, columns * numberBytes);
  });
  const rest = product.columns % columns;
  if (rest > 0) writeTiles(code, product, { rows, columns: rest }, at);
}

interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** Tiles below each other; the last may have fewer rows. */
function writeTiles(code: Code, product: Product, { rows, columns }: Size, from: Pointers): void {
  writeRows(code, product, [rows, tileRows], from, (some, at) => writeTile(code, product, { rows: some, columns }, at));
}

function writeTile(code: Code, product: Product, size: Size, from: Pointers): void {
  const { row, along, inner } = product;
  const vectors = Math.ceil(size.columns / width);
  const sums = Array.from({ length: size.rows * vectors }, () => code.variable(code.constant(0)));
  const [left, right] = [code.pointer(from.left), code.pointer(from.right)];
  // Written out more than once, all loads would come first, and the sums lose their registers.
  code.repeat(inner, () => {
    const bs = Array.from({ length: vectors }, (_, v) => code.load(right, v * vectorBytes));
    for (let i = 0; i < size.rows; i++) {
      const a = code.loadSplat(left, i * row.left * numberBytes);
      for (const [v, b] of bs.entries()) {
        const sum = sums[i * vectors + v]!;
        code.applyTo(sum, 'f32x4.add', sum, code.apply('f32x4.mul', a, b));
      }
    }
    code.advance(left, along.left * numberBytes);
    code.advance(right, along.right * numberBytes);
  });
  for (const [position, sum] of sums.entries()) {
    const [i, v] = [Math.floor(position / vectors), position % vectors];
    const lanes = Math.min(width, size.columns - v * width);
    code.store(from.result, flushed(code, sum), lanes, i * row.result * numberBytes + v * vectorBytes);
  }
}

/** Each entry as the sum over a row of A times a column of B, which both lie side by side; columns are few. */
function writeDots(code: Code, product: Product, from: Pointers): void {
  writeRows(code, product, [product.rows, tileRows], from, (some, at) => writeDotRows(code, product, some, at));
}

function writeDotRows(code: Code, product: Product, rows: number, from: Pointers): void {
  const { inner, columns, row, column } = product;
  const sums = Array.from({ length: rows * columns }, () => code.variable(code.constant(0)));
  const [left, right] = [code.pointer(from.left), code.pointer(from.right)];
  const addProducts = (lanes: number): void => {
    const bs = Array.from({ length: columns }, (_, k) => code.load(right, k * column.right * numberBytes));
    const cut = (x: Vector): Vector => (lanes === width ? x : code.apply('v128.and', x, code.mask(lanes)));
    for (let i = 0; i < rows; i++) {
      const a = code.load(left, i * row.left * numberBytes);
      for (const [k, b] of bs.entries()) {
        const sum = sums[i * columns + k]!;
        code.applyTo(sum, 'f32x4.add', sum, cut(code.apply('f32x4.mul', a, b)));
      }
    }
  };
  code.repeat(Math.floor(inner / width), () => {
    addProducts(width);
    code.advance(left, vectorBytes);
    code.advance(right, vectorBytes);
  });
  if (inner % width > 0) addProducts(inner % width);
  for (const [position, sum] of sums.entries()) {
    const [i, k] = [Math.floor(position / columns), position % columns];
    const total = flushed(code, sumOfLanes(code, sum));
    code.store(from.result, total, 1, (i * row.result + k * column.result) * numberBytes);
  }
}
