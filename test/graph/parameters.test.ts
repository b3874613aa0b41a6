import { expect, test } from 'vitest';
import { hostTensor } from '../../src/core/tensor.ts';
import { referenceEngine } from '../../src/engine/reference/engine.ts';
import { layoutOf, pack, packNumbers, unpack, unpackNumbers } from '../../src/graph/parameters.ts';
import { axes, evaluate } from '../engine/conformance/numbers.ts';

const layout = layoutOf([
  { name: 'w', shape: axes(2, 2) },
  { name: 'bias', shape: [] },
  { name: 'v', shape: axes(3) },
]);
const numbers = { v: [6, 7, 8], w: [1, 2, 3, 4], bias: [5] };

test('parameters stand one after the other in the order given', () => {
  expect(layout.size).toBe(8);
  expect([...packNumbers(layout, numbers)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('unpacked numbers are views on the vector', () => {
  const flat = Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]);
  const { bias, v } = unpackNumbers(layout, flat);
  expect([[...bias!], [...v!]]).toEqual([[5], [6, 7, 8]]);
  expect(v!.buffer).toBe(flat.buffer);
});

test('inside a graph, unpacking and packing give the vector back, in shapes in between', async () => {
  const theta = hostTensor([8], packNumbers(layout, numbers));
  const outputs = await evaluate(
    referenceEngine,
    (recorder) => {
      const tensors = unpack(layout, recorder.input('theta', axes(8)));
      return { ...tensors, packed: pack(layout, tensors) };
    },
    { theta },
  );
  expect(outputs['w']).toEqual(hostTensor([2, 2], Float64Array.of(1, 2, 3, 4)));
  expect(outputs['bias']).toEqual(hostTensor([], Float64Array.of(5)));
  expect(outputs['packed']).toEqual(theta);
});

test('names the parameter that is missing or of the wrong length', () => {
  expect(() => packNumbers(layout, { w: [1, 2, 3, 4], bias: [5] })).toThrow('parameter "v" is missing');
  expect(() => packNumbers(layout, { ...numbers, v: [1] })).toThrow('parameter "v" has 3 numbers, got 1');
});
