import { describe, expect, test } from 'vitest';
import { referenceEngine } from '../../src/engine/reference/engine.ts';
import { concat, Recorder, type SymbolicTensor } from '../../src/graph/symbolic.ts';
import type { Graph } from '../../src/graph/types.ts';
import { axes, evaluate, given } from '../engine/conformance/numbers.ts';

const opsOf = (graph: Graph) => graph.nodes.map((node) => node.op);

describe('recording', () => {
  const recorder = new Recorder();
  const x = recorder.input('x', axes(2, 3));
  const y = recorder.input('y', axes(3));

  test('an equal node is recorded once', () => {
    expect(x.mul(y).exp().id).toBe(x.mul(y).exp().id);
    expect(x.sum(0).id).toBe(x.sum('a').id);
    expect(recorder.constant(axes(2), [1, 2]).id).toBe(recorder.constant(axes(2), [1, 2]).id);
  });

  test('nodes that differ in inputs, attributes, shape or constants stay apart', () => {
    const different = [
      x.add(y),
      x.sub(y),
      y.sub(x),
      x.sum(0),
      x.sum(1),
      x.sum(1, { keep: true }),
      x.reshape(axes(6)),
      x.reshape(axes(3, 2)),
      x.layerNorm(1e-5),
      x.layerNorm(1e-6),
      recorder.constant(axes(2), [1, 0]),
      recorder.constant(axes(2), [1, -0]),
      recorder.constant(axes(2, 1), [1, 0]),
    ];
    expect(new Set(different.map(({ id }) => id)).size).toBe(different.length);
  });

  test.each<readonly [string, SymbolicTensor]>([
    ['x + 0', x.add(0)],
    ['0 + x', recorder.scalar(0).add(x)],
    ['x - 0', x.sub(0)],
    ['x · 1', x.mul(1)],
    ['1 · x', recorder.scalar(1).mul(x)],
    ['x / 1', x.div(1)],
    ['transposed twice', x.transposed().transposed()],
    ['no permutation', x.transpose([0, 1])],
    [
      'reshaped to the same lengths',
      x.reshape([
        { name: 'p', size: 2 },
        { name: 'q', size: 3 },
      ]),
    ],
    ['reshaped and back', x.reshape(axes(6)).reshape(axes(2, 3))],
    ['whole slice', x.slice(0, 0, 2)],
    ['padded by nothing', x.pad(0, 0, 0)],
    ['expanded to itself', x.expand(axes(2, 3))],
    ['joined alone', concat([x], 0)],
    ['sum over no axis', x.sum([])],
  ])('%s is x', (_, result) => {
    expect(result.id).toBe(x.id);
  });

  test('moving axes of length 1 only reshapes', () => {
    const thin = recorder.input('thin', axes(1, 4, 1, 5));
    expect(thin.transpose([1, 0, 3, 2]).id).toBe(thin.reshape(axes(4, 1, 5, 1)).id);
    expect(thin.transpose([3, 0, 2, 1]).node.op).toBe('transpose');
  });

  test('what is not neutral stays', () => {
    for (const result of [x.sub(1), x.mul(0), recorder.scalar(0).sub(x), recorder.scalar(1).div(x)]) {
      expect(['sub', 'mul', 'div']).toContain(result.node.op);
    }
  });

  test('numbers are computed at once', () => {
    const value = recorder.scalar(3).mul(2).sub(1).div(4).neg().minimum(-2).maximum(-1.5).add(0.25);
    expect(value.node).toMatchObject({ op: 'constant', attributes: { data: Float64Array.of(-1.25) } });
  });

  test('an operand is not repeated where the other one has the full shape', () => {
    expect(y.expand(axes(2, 3)).mul(x).id).toBe(y.mul(x).id);
    expect(x.mul(y.expand(axes(2, 3))).id).toBe(x.mul(y).id);
    const heads = recorder.input('heads', axes(5, 3, 4));
    expect(x.expand(axes(5, 2, 3)).matmul(heads).id).toBe(x.matmul(heads).id);
  });

  test('operands are repeated where none has the full shape', async () => {
    const outputs = await evaluate(
      referenceEngine,
      (other) => {
        const vector = other.input('vector', axes(2)).expand(axes(3, 2));
        const matrix = other.input('matrix', axes(2, 2)).expand(axes(3, 2, 2));
        return { product: vector.mul(vector), matrices: matrix.matmul(matrix) };
      },
      { vector: given([2], [1, 2]), matrix: given([2, 2], [1, 1, 0, 1]) },
    );
    const [product, matrices] = [outputs['product']!, outputs['matrices']!];
    expect([product.shape, [...product.data]]).toEqual([
      [3, 2],
      [1, 4, 1, 4, 1, 4],
    ]);
    expect(matrices.shape).toEqual([3, 2, 2]);
    expect([...matrices.data]).toEqual([1, 2, 0, 1, 1, 2, 0, 1, 1, 2, 0, 1]);
  });
});

describe('finishing', () => {
  test('keeps what the outputs need, in order, and only the inputs among it', () => {
    const recorder = new Recorder();
    const unused = recorder.input('unused', axes(2));
    const x = recorder.input('x', axes(2));
    unused.exp().add(x);
    const doubled = x.mul(2);
    const graph = recorder.finish({ first: doubled.exp(), second: doubled, third: doubled });
    expect(opsOf(graph)).toEqual(['input', 'constant', 'mul', 'exp']);
    expect(graph.inputs).toEqual({ x: 0 });
    expect(graph.outputs).toEqual({ first: 3, second: 2, third: 2 });
    expect(graph.nodes[2]!.inputs).toEqual([0, 1]);
    expect(graph.nodes.every((node, i) => node.inputs.every((input) => input < i))).toBe(true);
  });

  test('refuses outputs of another recorder', () => {
    expect(() => new Recorder().finish({ x: new Recorder().scalar(1) })).toThrow('an output of another recorder');
  });
});
