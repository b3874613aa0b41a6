import { describe, expect, test } from 'vitest';
import { compiled } from '../../src/engine/wasm/compiled.ts';
import { emit } from '../../src/engine/wasm/program.ts';
import { wasmEngine } from '../../src/engine/wasm.ts';
import { Recorder } from '../../src/graph/symbolic.ts';
import { axes, evaluate, gaussian, given } from './conformance/numbers.ts';
import { conformance } from './conformance/suite.ts';

conformance(wasmEngine, { value: 1e-5, gradient: 1e-3, training: 1e-5 });

/** y = x W … W, which needs two matrices at a time. */
function chain(length: number, size: number) {
  const recorder = new Recorder();
  const x = recorder.input('x', axes(size, size));
  let y = x;
  for (let i = 0; i < length; i++) y = y.matmul(x).mul(1 / size);
  return recorder.finish({ y });
}

describe('the wasm engine', () => {
  test('keeps results in memory only as long as they are needed', () => {
    const [short, long] = [emit(chain(4, 32)), emit(chain(40, 32))];
    expect(long.memoryBytes).toBe(short.memoryBytes);
    // The same kind of work is written once, however often it is called.
    expect(long.bytes.length).toBeLessThan(short.bytes.length + 40 * 40);
  });

  test('compiles a graph once, however often it is recorded', async () => {
    const [first, again, other] = [chain(3, 8), chain(3, 8), chain(3, 9)];
    expect(await compiled(again)).toBe(await compiled(first));
    expect(await compiled(other)).not.toBe(await compiled(first));
  });

  test('reads rows and columns of every number of lanes', async () => {
    for (let columns = 1; columns <= 9; columns++) {
      const x = gaussian(columns, 5, columns);
      const build = (recorder: Recorder) => {
        const input = recorder.input('x', axes(5, columns));
        const product = input.transposed().matmul(input);
        return { product, turned: input.matmul(input.transposed()), rows: input.exp().sum(1), columns: input.sum(0) };
      };
      const results = await evaluate(wasmEngine, build, { x });
      const at = (i: number, j: number) => x.data[i * columns + j]!;
      const sum = (count: number, f: (i: number) => number) =>
        Array.from({ length: count }, (_, i) => f(i)).reduce((a, b) => a + b);
      const expected = {
        product: grid(columns, columns, (j, k) => sum(5, (i) => at(i, j) * at(i, k))),
        turned: grid(5, 5, (i, k) => sum(columns, (j) => at(i, j) * at(k, j))),
        rows: grid(5, 1, (i) => sum(columns, (j) => Math.exp(at(i, j)))),
        columns: grid(1, columns, (_, j) => sum(5, (i) => at(i, j))),
      };
      for (const [name, numbers] of Object.entries(expected)) {
        for (const [i, number] of numbers.entries()) expect(results[name]!.data[i], name).toBeCloseTo(number, 4);
      }
    }
  });

  test('numbers too small for full precision are 0, because they are slow', async () => {
    const build = (recorder: Recorder) => ({ y: recorder.input('x', axes(1)).mul(1e-30) });
    const { y } = await evaluate(wasmEngine, build, { x: given([1], [1e-10]) });
    expect(y!.data[0]).toBe(0);
  });

  test('says in one line that it has no room', async () => {
    const recorder = new Recorder();
    const column = recorder.input('x', axes(40_000, 1));
    const graph = recorder.finish({ y: column.matmul(column.transposed()).sum() });
    await expect(wasmEngine.compile(graph)).rejects.toThrow(
      /^wasm has no room for this computation, whose largest tensor takes 5\.96 GiB \(matmul \[a=40000, .*\]\);[^\n]* lower train\.batch, [^\n]*$/,
    );
  });
});

function grid(rows: number, columns: number, f: (i: number, j: number) => number): number[] {
  return Array.from({ length: rows * columns }, (_, i) => f(Math.floor(i / columns), i % columns));
}
