import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostTensor } from '../../src/core/tensor.ts';
import { referenceEngine } from '../../src/engine/reference/engine.ts';
import { gradients } from '../../src/graph/gradient.ts';
import { entries } from '../../src/graph/shape.ts';
import { Recorder, type SymbolicTensor } from '../../src/graph/symbolic.ts';
import { differenceQuotients, recordedGradients } from '../engine/conformance/gradients.ts';
import { axes, evaluate, gaussian, relativeError } from '../engine/conformance/numbers.ts';

const countOps = (recorder: Recorder, outputs: readonly SymbolicTensor[]) => {
  const counts: Record<string, number> = {};
  const { nodes } = recorder.finish(Object.fromEntries(outputs.map((output, i) => [`y${i}`, output])));
  for (const { op } of nodes) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
};

describe('structure', () => {
  test('the loss must be a scalar', () => {
    const x = new Recorder().input('x', [{ name: 'token', size: 2 }]);
    expect(() => gradients(x, [x])).toThrow('gradients: the loss [token=2] is not a scalar');
  });

  test('not with respect to another tensor in a new layout, which later reshapes see through', () => {
    const x = new Recorder().input('x', axes(2, 3));
    const turned = x.reshape(axes(3, 2));
    expect(() => gradients(turned.reshape(axes(6)).sum(), [turned])).toThrow('with respect to a reshape');
  });

  test('of gelu takes seven operations', () => {
    const recorder = new Recorder();
    const [x, upstream] = [recorder.input('x', axes(5)), recorder.input('upstream', axes(5))];
    const y = x.gelu();
    const loss = y.mul(upstream).sum();
    const count = (outputs: readonly SymbolicTensor[]) =>
      Object.entries(countOps(recorder, outputs)).reduce((sum, [op, n]) => (op === 'constant' ? sum : sum + n), 0);
    expect(count([loss, ...gradients(loss, [x])]) - count([loss])).toBe(7);
  });

  test('zeros where there is no path, the loss itself 1', async () => {
    const outputs = await evaluate(
      referenceEngine,
      (recorder) => {
        const [x, y] = [recorder.input('x', axes(2)), recorder.input('y', axes(3))];
        const loss = x.sum();
        const [toX, toY, toLoss] = gradients(loss, [x, y, loss]);
        return { toX: toX!, toY: toY!, toLoss: toLoss! };
      },
      { x: gaussian(0, 2), y: gaussian(0, 3) },
    );
    expect([...outputs['toX']!.data]).toEqual([1, 1]);
    expect([...outputs['toY']!.data]).toEqual([0, 0, 0]);
    expect([...outputs['toLoss']!.data]).toEqual([1]);
  });

  test('a step stops the gradient', () => {
    const recorder = new Recorder();
    const x = recorder.input('x', axes(2));
    const [derivative] = gradients(x.step().sum(), [x]);
    expect(countOps(recorder, [derivative!])).toEqual({ constant: 1, expand: 1 });
  });

  test('of weights shared by a batch is one product over all tokens, without transposing numbers', () => {
    const recorder = new Recorder();
    const x = recorder.input('x', axes(3, 4, 5));
    const weights = recorder.input('weights', axes(5, 6));
    const upstream = recorder.input('upstream', axes(3, 4, 6));
    const [derivative] = gradients(x.matmul(weights).mul(upstream).sum(), [weights]);
    expect(countOps(recorder, [derivative!])).toEqual({ input: 2, reshape: 2, transpose: 1, matmul: 1 });
    expect(derivative!.node.op).toBe('matmul');
  });

  test('of a left side shared by heads is one product where that moves fewer numbers', () => {
    const count = (columns: number) => {
      const recorder = new Recorder();
      const shared = recorder.input('shared', axes(20, 10));
      const heads = recorder.input('heads', axes(4, 10, columns));
      const upstream = recorder.input('upstream', axes(4, 20, columns));
      const [derivative] = gradients(shared.matmul(heads).mul(upstream).sum(), [shared]);
      return countOps(recorder, [derivative!])['reduce_sum'] ?? 0;
    };
    expect([count(3), count(30)]).toEqual([0, 1]);
  });

  test('of keys is a product of transposed queries, not a transposed product', () => {
    const recorder = new Recorder();
    const queries = recorder.input('queries', axes(2, 5, 3));
    const keys = recorder.input('keys', axes(2, 4, 3));
    const scores = queries.matmul(keys.transposed());
    const [derivative] = gradients(scores.mul(recorder.input('upstream', axes(2, 5, 4))).sum(), [keys]);
    expect(derivative!.node.op).toBe('matmul');
    expect(derivative!.sources[1]!.id).toBe(queries.id);
  });

  test('of attention takes the sums along rows from head outputs, which are at hand', () => {
    const recorder = new Recorder();
    const [scores, values, upstream] = [axes(4, 5, 6), axes(4, 6, 2), axes(4, 5, 2)].map((shape, i) =>
      recorder.input(`x${i}`, shape),
    );
    const loss = scores!.softmax().matmul(values!).mul(upstream!).sum();
    const [toScores] = gradients(loss, [scores!]);
    expect(
      recorder.nodes
        .filter(({ op }) => op === 'reduce_sum')
        .map(({ inputs }) => recorder.nodes[inputs[0]!]!.shape.at(-1)!.size),
    ).not.toContain(6);
    expect(countOps(recorder, [loss, toScores!])['matmul']).toBe(2);
  });

  test('of attention weighted the same along its axis uses the weighted attention again', () => {
    const recorder = new Recorder();
    const [scores, weights, target] = [axes(4, 5, 6), axes(4, 1, 6), axes(5, 6)].map((shape, i) =>
      recorder.input(`x${i}`, shape),
    );
    const loss = scores!.softmax(1).mul(weights!).sum(0).mul(target!).sum();
    const derivatives = gradients(loss, [scores!, weights!]);
    const { nodes } = recorder.finish({ loss, toScores: derivatives[0]!, toWeights: derivatives[1]! });
    const products = nodes.filter(({ op, shape }) => op === 'mul' && entries(shape) === 4 * 5 * 6);
    // Of attention and its weights, of attention and what comes from the target, and the gradient itself.
    expect(products).toHaveLength(3);
  });

  test('of a scaled square is one product with a number', () => {
    const recorder = new Recorder();
    const x = recorder.input('x', axes(3));
    const [derivative] = gradients(x.square().sum().mul(0.25), [x]);
    expect(countOps(recorder, [derivative!])).toEqual({ input: 1, constant: 1, mul: 1 });
    expect(derivative!.sources.map(({ node }) => node.op === 'constant' && node.attributes.data[0])).toContain(0.5);
  });

  test('of layer_norm uses its output again', () => {
    const recorder = new Recorder();
    const x = recorder.input('x', axes(3, 4));
    const normal = x.layerNorm();
    const [derivative] = gradients(normal.mul(recorder.input('upstream', axes(3, 4))).sum(), [x]);
    const counts = countOps(recorder, [derivative!, normal]);
    expect([counts['layer_norm'], counts['inverse_deviation'], counts['reduce_sum']]).toEqual([1, 1, 2]);
  });

  test('of a mean does not store repeated numbers', () => {
    const recorder = new Recorder();
    const [x, y] = [recorder.input('x', axes(30, 4)), recorder.input('y', axes(30, 4))];
    const [derivative] = gradients(x.sub(y).square().mean(), [x]);
    expect(countOps(recorder, [derivative!])['expand']).toBeUndefined();
  });
});

describe('agrees with difference quotients', () => {
  const agree = async (
    inputs: readonly ReturnType<typeof gaussian>[],
    loss: (x: readonly SymbolicTensor[]) => SymbolicTensor,
  ) => {
    const [recorded, expected] = [
      await recordedGradients(referenceEngine, inputs, loss),
      await differenceQuotients(inputs, loss),
    ];
    for (const [i, derivatives] of expected.entries()) {
      expect(recorded[i]!.shape).toEqual(inputs[i]!.shape);
      expect(relativeError(recorded[i]!.data, derivatives, 1e-3)).toBeLessThan(1e-7);
    }
  };

  /** Two shapes that broadcast together: any axis may be 1 on either side, and leading ones may be absent. */
  const leadingPairs = fc
    .array(fc.record({ size: fc.integer({ min: 1, max: 3 }), left: fc.boolean(), right: fc.boolean() }), {
      maxLength: 3,
    })
    .chain((shared) =>
      fc.record({
        left: fc
          .integer({ min: 0, max: shared.length })
          .map((skipped) => shared.map((axis) => (axis.left ? axis.size : 1)).slice(skipped)),
        right: fc
          .integer({ min: 0, max: shared.length })
          .map((skipped) => shared.map((axis) => (axis.right ? axis.size : 1)).slice(skipped)),
      }),
    );
  const size = fc.integer({ min: 1, max: 4 });

  test('for products of any leading axes', async () => {
    await fc.assert(
      fc.asyncProperty(leadingPairs, size, size, size, async ({ left, right }, i, j, k) => {
        // Squared, so that the gradient that comes back varies.
        await agree([gaussian(1, ...left, i, j), gaussian(2, ...right, j, k)], ([x, y]) =>
          x!.matmul(y!).square().sum(),
        );
      }),
      { numRuns: 40 },
    );
  });

  test('for quotients of any shapes that broadcast', async () => {
    await fc.assert(
      fc.asyncProperty(leadingPairs, async ({ left, right }) => {
        const positive = gaussian(2, ...right);
        const divisor = hostTensor(
          positive.shape,
          positive.data.map((x) => 1 + x * x),
        );
        await agree([gaussian(1, ...left), divisor], ([x, y]) => x!.div(y!).square().sum());
      }),
      { numRuns: 40 },
    );
  });

  test('for derivatives that are known as a whole, also twice differentiated and beside other uses', async () => {
    await agree([gaussian(1, 7), gaussian(2, 7)], ([x, y]) => {
      const inner = x!.mul(y!).gelu().add(x!).gelu().mul(y!).sum();
      const [derivative] = gradients(inner, [x!]);
      return derivative!.square().sum().add(inner);
    });
  });

  test('for a tensor used many times, also twice differentiated', async () => {
    await agree([gaussian(1, 3), gaussian(2, 3)], ([x, y]) => {
      const inner = x!.mul(y!).tanh().add(x!.sigmoid()).mul(x!.softplus()).sum();
      const [derivative] = gradients(inner, [x!]);
      return derivative!.square().sum().add(inner);
    });
  });
});
