import { expect, it } from 'vitest';
import { flopsOf } from '../../src/graph/flops.ts';
import { Recorder } from '../../src/graph/symbolic.ts';

it('counts two operations for every product of a matrix product, one for every other number computed', () => {
  const recorder = new Recorder();
  const axis = (name: string, size: number) => ({ name, size });
  const x = recorder.input('x', [axis('batch', 3), axis('row', 4), axis('inner', 5)]);
  const y = recorder.input('y', [axis('inner', 5), axis('column', 7)]);
  const product = x.matmul(y);
  const flops = (output: typeof x) => flopsOf(recorder.finish({ output }));
  const matmul = 3 * 4 * 7 * (2 * 5);
  expect(flops(product)).toBe(matmul);
  expect(flops(product.add(1))).toBe(matmul + 84);
  expect(flops(product.sum('row'))).toBe(matmul + 84);
  expect(flops(product.softmax())).toBe(matmul + 5 * 84);
  expect(flops(product.transposed().slice('column', 0, 2))).toBe(matmul);
  expect(flops(x)).toBe(0);
});
