import type { HostTensor } from '../../core/tensor.ts';

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
