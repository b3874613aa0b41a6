import { sizeOf } from '../../core/tensor.ts';

/** A stretch of memory of the module; numbers of results come and go, those of constants stay. */
export interface Storage {
  readonly size: number;
  kind: 'input' | 'constant' | 'result';
}

/** How a tensor lies in memory: counted in numbers, distances between neighbours along each axis. */
export interface View {
  readonly storage: Storage;
  readonly offset: number;
  readonly lengths: readonly number[];
  readonly strides: readonly number[];
}

/** Strides of a tensor whose numbers lie side by side in row-major order. */
export function rowMajor(lengths: readonly number[]): number[] {
  return lengths.map((_, axis) => sizeOf(lengths.slice(axis + 1)));
}

export const whole = (storage: Storage, lengths: readonly number[], offset = 0): View => ({
  storage,
  offset,
  lengths,
  strides: rowMajor(lengths),
});

export function isContiguous({ lengths, strides }: View): boolean {
  const dense = rowMajor(lengths);
  return lengths.every((length, axis) => length === 1 || strides[axis] === dense[axis]);
}

/** The same numbers under another shape; undefined where they would have to be moved. */
export function reshaped(view: View, lengths: readonly number[]): View | undefined {
  if (isContiguous(view)) return { ...view, lengths, strides: rowMajor(lengths) };
  const long = view.lengths.flatMap((length, axis) => (length === 1 ? [] : [axis]));
  if (withoutOnes(lengths).join() !== withoutOnes(view.lengths).join()) return undefined;
  let next = 0;
  const strides = lengths.map((length) => (length === 1 ? 0 : view.strides[long[next++]!]!));
  return { ...view, lengths, strides };
}

/** Repeated to longer lengths, with leading axes added. */
export function repeated(view: View, lengths: readonly number[]): View {
  const added = lengths.length - view.lengths.length;
  const strides = lengths.map((_, axis) => {
    const own = axis - added;
    return own < 0 || view.lengths[own] === 1 ? 0 : view.strides[own]!;
  });
  return { ...view, lengths, strides };
}

export const sliced = (view: View, axis: number, start: number, end: number): View => ({
  ...view,
  offset: view.offset + start * view.strides[axis]!,
  lengths: view.lengths.with(axis, end - start),
});

export const permuted = (view: View, permutation: readonly number[]): View => ({
  ...view,
  lengths: permutation.map((axis) => view.lengths[axis]!),
  strides: permutation.map((axis) => view.strides[axis]!),
});

export const withoutOnes = (lengths: readonly number[]): number[] => lengths.filter((length) => length !== 1);
