import { describe, expect, test } from 'vitest';
import { hostTensor } from '../../src/core/tensor.ts';
import { referenceEngine } from '../../src/engine/reference/engine.ts';
import { optimizers } from '../../src/graph/optimizers/registry.ts';
import { segmentsOf } from '../../src/graph/segments.ts';
import type { SymbolicTensor } from '../../src/graph/symbolic.ts';
import { axes, gaussian } from '../engine/conformance/numbers.ts';
import { plainTraining, scalar, train } from '../engine/conformance/training.ts';

const long = 1 << 16;
const rangesOf = (...sizes: readonly number[]) =>
  segmentsOf(sizes.map((size, i) => ({ name: `p${i}`, shape: axes(size) }))).map(({ start, end }) => [start, end]);

describe('segments of θ', () => {
  test('all parameters together, unless one is long and more than half', () => {
    expect(rangesOf(5, 7, 3)).toEqual([[0, 15]]);
    expect(rangesOf(long - 1, 7)).toEqual([[0, long + 6]]);
    expect(rangesOf(long, long)).toEqual([[0, 2 * long]]);
  });

  test('the long one alone, those before and after it together', () => {
    expect(rangesOf(long)).toEqual([[0, long]]);
    expect(rangesOf(2, 3, long, 4, 5)).toEqual([
      [0, 5],
      [5, long + 5],
      [long + 5, long + 14],
    ]);
  });
});

test('a long parameter and a short one train as each does alone', async () => {
  const sizes = { long, short: 3 };
  const run = async (names: readonly (keyof typeof sizes)[]) => {
    const options = {
      ...plainTraining,
      optimizer: optimizers.adam,
      parameters: names.map((name) => ({ name, shape: axes(sizes[name]) })),
      unroll: 2,
      objective: (parameters: Readonly<Record<string, SymbolicTensor>>) => {
        const loss = names.map((name) => parameters[name]!.sub(1).square().sum()).reduce((sum, term) => sum.add(term));
        return { loss, scalars: { loss } };
      },
    };
    const theta = names.flatMap((name) => [...gaussian(sizes[name], sizes[name]).data]);
    const feeds = { theta: hostTensor([theta.length], Float64Array.from(theta)), learning_rate: scalar(0.1) };
    return (await train(referenceEngine, options, 2, feeds)).at(-1)!;
  };
  const [both, first, second] = [await run(['long', 'short']), await run(['long']), await run(['short'])];
  for (const name of ['theta', 'slot/m', 'slot/v']) {
    expect([...both[name]!.data]).toEqual([...first[name]!.data, ...second[name]!.data]);
  }
  const norm = (outputs: typeof both) => outputs['scalars/gradient_norm']!.data.at(-1)!;
  expect(norm(both)).toBeCloseTo(Math.hypot(norm(first), norm(second)), 9);
});
