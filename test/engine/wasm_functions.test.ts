import { expect, test } from 'vitest';
import { hostTensor } from '../../src/core/tensor.ts';
import { wasmEngine } from '../../src/engine/wasm.ts';
import { axes, evaluate } from './conformance/numbers.ts';

const smallestNormal = 2 ** -126;

/** In float64. */
const exact = {
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  sigmoid: (x: number) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
  softplus: (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  sqrt: Math.sqrt,
  reciprocal: (x: number) => 1 / x,
} as const;

/** Float32 numbers whose bits are `step` apart, of both signs, infinite ones and NaN among them. */
function spread(step: number): Float32Array {
  const bits = Uint32Array.from({ length: Math.floor(2 ** 32 / step) }, (_, i) => i * step);
  bits.set([0, 0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0x00800000, 0x3f800000, 0xbf800000]);
  return new Float32Array(bits.buffer);
}

/** Numbers that are too small for full precision count as 0. */
const rounded = (x: number): number => (Math.abs(x) < smallestNormal ? 0 : x);

/** Distance to the next float32 number. */
const unit = (x: number): number => 2 ** Math.max(-126, Math.floor(Math.log2(Math.abs(x)))) * 2 ** -23;

test.each(Object.keys(exact) as (keyof typeof exact)[])('%s is at most 2 ulp off everywhere', async (name) => {
  const x = spread(16_411);
  const { y } = await evaluate(wasmEngine, (recorder) => ({ y: recorder.input('x', axes(x.length))[name]() }), {
    x: hostTensor([x.length], x),
  });
  let [worst, where] = [0, 0];
  for (const [i, given] of x.entries()) {
    const expected = exact[name](name === 'log' ? rounded(given) : given);
    const value = y!.data[i]!;
    const limit = Math.fround(expected);
    if (Object.is(value, limit) || (value === 0 && rounded(limit) === 0) || value === limit) continue;
    const error = Math.abs(value - expected) / unit(expected);
    // Results at the edge of what counts as 0 may be on either side.
    if (value === 0 && Math.abs(expected) < 1.0001 * smallestNormal) continue;
    if (!(error <= worst)) [worst, where] = [error, given];
  }
  expect(worst, `of ${where}`).toBeLessThanOrEqual(2);
});
