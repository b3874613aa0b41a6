import { expect, test } from 'vitest';
import { adaptersIn } from '../../src/engine/adapters.ts';

const summary = `Devices:
========
GPU0:
\tapiVersion         = 1.3.277
\tdeviceType         = PHYSICAL_DEVICE_TYPE_CPU
\tdeviceName         = llvmpipe (LLVM 17.0.6, 256 bits)
GPU1:
\tdeviceType         = PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU
\tdeviceName         = Intel(R) UHD Graphics 770
GPU2:
\tdeviceType         = PHYSICAL_DEVICE_TYPE_DISCRETE_GPU
\tdeviceName         = NVIDIA GeForce RTX 4070
`;

test('a card of its own comes before one inside the processor, and that before software', () => {
  const names = ['NVIDIA GeForce RTX 4070', 'Intel(R) UHD Graphics 770', 'llvmpipe (LLVM 17.0.6, 256 bits)'];
  expect(adaptersIn(summary)).toEqual(names);
});

test('where the tool is missing there is no name', () => {
  expect(adaptersIn('')).toEqual([]);
});
