import type { Product } from './product.ts';
import type { View } from './views.ts';

/** A product's loops, and what it reads, in order. */
export interface PlannedProduct {
  readonly product: Product;
  readonly factors: readonly [View, View];
}

/** Fewer columns than this leave lanes of a vector empty. */
const fewColumns = 4;

/**
 * Chooses how a product of matrices goes through memory.
 * @param dense copies a factor into row-major order
 */
export function planProduct(left: View, right: View, result: View, dense: (view: View) => View): PlannedProduct {
  const [rows, columns] = result.lengths.slice(-2) as [number, number];
  if (columns < fewColumns) {
    if (columns === 1 && left.strides.at(-1) !== 1 && left.strides.at(-2) === 1) {
      return tiles(turned(right), turned(left), turned(result));
    }
    const other = right.strides.at(-2) === 1 || columns > 1 ? right : dense(right);
    const columnsLie = other.strides.at(-2) === 1 || other.lengths.at(-2) === 1;
    if (left.strides.at(-1) === 1 && columnsLie) return plan(left, other, result, true);
  }
  if (rows < fewColumns && left.strides.at(-1) === 1 && right.strides.at(-2) === 1 && right.strides.at(-1) !== 1) {
    return plan(turned(right), turned(left), turned(result), true);
  }
  return tiles(left, right.strides.at(-1) === 1 ? right : dense(right), result);
}

const tiles = (left: View, right: View, result: View): PlannedProduct => plan(left, right, result, false);

/** With the last two axes exchanged: (A B)ᵀ = Bᵀ Aᵀ. */
function turned(view: View): View {
  const exchange = (list: readonly number[]) => [...list.slice(0, -2), list.at(-1)!, list.at(-2)!];
  return { ...view, lengths: exchange(view.lengths), strides: exchange(view.strides) };
}

function plan(left: View, right: View, result: View, isDot: boolean): PlannedProduct {
  const [rows, columns] = result.lengths.slice(-2) as [number, number];
  const whole: Product = {
    leading: leadingLoops(left, right, result),
    rows,
    inner: left.lengths.at(-1)!,
    columns,
    row: { left: left.strides.at(-2)!, result: result.strides.at(-2)! },
    along: { left: left.strides.at(-1)!, right: right.strides.at(-2)! },
    column: { right: right.strides.at(-1)!, result: result.strides.at(-1)! },
    isDot,
  };
  return { product: joinedRows(whole), factors: [left, right] };
}

function leadingLoops(left: View, right: View, result: View): Product['leading'] {
  const loops: { length: number; left: number; right: number; result: number }[] = [];
  const count = result.lengths.length - 2;
  for (const [axis, length] of result.lengths.slice(0, -2).entries()) {
    if (length === 1) continue;
    const stride = (view: View): number => {
      const own = axis - count - 2 + view.lengths.length;
      return own < 0 || view.lengths[own] === 1 ? 0 : view.strides[own]!;
    };
    const loop = { length, left: stride(left), right: stride(right), result: stride(result) };
    const outer = loops.at(-1);
    const joins = (['left', 'right', 'result'] as const).every((name) => outer?.[name] === loop[name] * length);
    if (outer && joins) loops.splice(-1, 1, { ...loop, length: outer.length * length });
    else loops.push(loop);
  }
  return loops;
}

/** Matrices on the left that follow each other, with the same one on the right, are one matrix of more rows. */
function joinedRows(product: Product): Product {
  const { leading, rows, row } = product;
  const last = leading.at(-1);
  if (last?.right !== 0) return product;
  // Of matrices with one row, the distance between rows is that between matrices.
  const own = rows === 1 ? { left: last.left, result: last.result } : row;
  if (last.left !== own.left * rows || last.result !== own.result * rows) return product;
  return joinedRows({ ...product, leading: leading.slice(0, -1), rows: rows * last.length, row: own });
}
