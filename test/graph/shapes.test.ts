import { describe, expect, test } from 'vitest';
import { GraphError } from '../../src/graph/shape.ts';
import { concat, Recorder, type SymbolicTensor } from '../../src/graph/symbolic.ts';
import { axes } from '../engine/conformance/numbers.ts';

const recorder = new Recorder();
let inputs = 0;
const tensor = (sizes: Readonly<Record<string, number>>): SymbolicTensor =>
  recorder.input(
    `x${inputs++}`,
    Object.entries(sizes).map(([name, size]) => ({ name, size })),
  );
const names = (x: SymbolicTensor) => x.shape.map(({ name, size }) => `${name}=${size}`).join(' ');

const query = tensor({ head: 4, query: 20, dim: 8 });
const keys = tensor({ head: 4, token: 7, position: 20 });
const plain = tensor({ token: 7, dim: 8 });

describe('messages name the axes', () => {
  test.each<readonly [() => unknown, string]>([
    [
      () => query.matmul(keys),
      'matmul: inner axes differ: left [head=4, query=20, dim=8], right [head=4, token=7, position=20]: dim=8 against token=7',
    ],
    [
      () => query.matmul(tensor({ head: 3, dim: 8, token: 7 })),
      'matmul: axes differ: left [head=4], right [head=3]: head=4 against head=3',
    ],
    [
      () => query.matmul(tensor({ dim: 8 })),
      'matmul: both sides need two axes: left [head=4, query=20, dim=8], right [dim=8]',
    ],
    [
      () => query.add(plain),
      'add: axes differ: left [head=4, query=20, dim=8], right [token=7, dim=8]: query=20 against token=7',
    ],
    [() => plain.sum('head'), 'sum: no axis "head" in [token=7, dim=8]'],
    [() => plain.sum(2), 'sum: no axis 2 in [token=7, dim=8]'],
    [
      () =>
        tensor({ token: 2, dim: 3 })
          .matmul(
            tensor({ dim: 3, token: 2 }).reshape([
              { name: 'dim', size: 3 },
              { name: 'token', size: 2 },
            ]),
          )
          .sum('token'),
      'sum: several axes "token" in [token=2, token=2]; give its number',
    ],
    [() => plain.reshape(axes(5, 11)), 'reshape: [token=7, dim=8] has 56 entries, [a=5, b=11] has 55'],
    [() => plain.reshape(axes(0)), 'reshape: a=0 of [a=0] is not a whole number from 1'],
    [() => plain.transpose(['dim']), 'transpose: [1] does not name every axis of [token=7, dim=8] once'],
    [() => plain.slice('token', 3, 8), 'slice: 3..8 of token=7 in [token=7, dim=8]'],
    [() => plain.slice('token', 3, 3), 'slice: 3..3 of token=7 in [token=7, dim=8]'],
    [() => plain.pad('dim', -1, 0), 'pad: -1 before and 0 after dim=8 in [token=7, dim=8]'],
    [
      () => plain.expand(axes(2, 7, 9)),
      'expand: axes differ: left [token=7, dim=8], right [a=2, b=7, c=9]: dim=8 against c=9',
    ],
    [() => plain.expand(axes(8)), 'expand: [token=7, dim=8] cannot be repeated to [a=8]'],
    [() => plain.expand(axes(7, 1)), 'expand: [token=7, dim=8] cannot be repeated to [a=7, b=1]'],
    [
      () => concat([plain, tensor({ token: 2, dim: 9 })], 'token'),
      'concat: [token=7, dim=8] and [token=2, dim=9] differ beside the axis token=7',
    ],
    [() => concat([], 0), 'concat: nothing to join'],
    [() => recorder.scalar(1).softmax(), 'softmax: no axis -1 in []'],
    [() => recorder.constant(axes(2), [1]), 'constant: [a=2] has 2 entries, the data 1'],
    [
      () => recorder.input('n', [{ name: 'token', size: 1.5 }]),
      'input "n": token=1.5 of [token=1.5] is not a whole number from 1',
    ],
    [() => recorder.input('x0', []), 'input "x0" is declared twice'],
    [() => new Recorder().input('y', []).add(plain), 'add: an input of another recorder'],
  ])('%#', (build, message) => {
    expect(build).toThrow(new GraphError(message));
  });
});

describe('names of results', () => {
  test.each<readonly [SymbolicTensor, string]>([
    [query.matmul(tensor({ dim: 8, value: 3 })), 'head=4 query=20 value=3'],
    [plain.add(tensor({ row: 5, one: 1, column: 1 })), 'row=5 token=7 dim=8'],
    [tensor({ one: 1 }).add(tensor({ token: 7 })), 'token=7'],
    [query.sum('query'), 'head=4 dim=8'],
    [query.mean(['head', -1], { keep: true }), 'head=1 query=20 dim=1'],
    [query.transpose(['dim', 'head', 'query']), 'dim=8 head=4 query=20'],
    [query.transposed(), 'head=4 dim=8 query=20'],
    [query.slice('query', 2, 5).pad('dim', 1, 1), 'head=4 query=3 dim=10'],
    [concat([plain, plain], 'dim'), 'token=7 dim=16'],
    [query.inverseDeviation(), 'head=4 query=20 dim=1'],
    [query.logSumExp(), 'head=4 query=20 dim=1'],
    // The same node under two names.
    [plain.reshape(axes(7, 8)), 'a=7 b=8'],
  ])('%#', (result, expected) => {
    expect(names(result)).toBe(expected);
  });
});
