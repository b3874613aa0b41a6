/** Numbers with a shape, row-major, in memory. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

/** Number of entries of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

/** @throws RangeError when data and shape disagree. */
export function hostTensor(shape: readonly number[], data: Float32Array | Float64Array): HostTensor {
  if (sizeOf(shape) !== data.length) {
    throw new RangeError(`shape [${shape.join(', ')}] needs ${sizeOf(shape)} numbers, got ${data.length}`);
  }
  return { shape, data };
}
