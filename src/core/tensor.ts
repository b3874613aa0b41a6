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

/** Tensors in single precision, as pictures are drawn from and kept. */
export function asFloat32(
  tensors: Readonly<Record<string, HostTensor>>,
): Record<string, { shape: readonly number[]; data: Float32Array }> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [
      name,
      { shape, data: data instanceof Float32Array ? data : Float32Array.from(data) },
    ]),
  );
}

/** @throws RangeError when data and shape disagree. */
export function hostTensor(shape: readonly number[], data: Float32Array | Float64Array): HostTensor {
  if (sizeOf(shape) !== data.length) {
    throw new RangeError(`shape [${shape.join(', ')}] needs ${sizeOf(shape)} numbers, got ${data.length}`);
  }
  return { shape, data };
}
