import { at, gaussian, given, tabulate } from '../numbers.ts';
import { type PrimitiveCase, title } from './case.ts';

type UnaryOp = 'neg' | 'exp' | 'log' | 'sqrt' | 'reciprocal' | 'tanh' | 'sigmoid' | 'softplus' | 'relu' | 'step';
type BinaryOp = 'add' | 'sub' | 'mul' | 'div' | 'minimum' | 'maximum';

/** f at the numbers given, as a vector and inside axes of size 1, and of the first number as a scalar. */
function unary(op: UnaryOp, f: (x: number) => number, values: readonly number[]): PrimitiveCase[] {
  return [[values.length], [1, values.length, 1], []].map((shape) => {
    const x = given(shape, shape.length === 0 ? values.slice(0, 1) : values);
    return {
      title: title(shape),
      inputs: [x],
      build: ([symbol]) => symbol![op](),
      expected: tabulate(shape, (index) => f(at(x, index))),
    };
  });
}

const pairs = [
  [
    [2, 3],
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [], [2, 3]],
  [[], [4], [4]],
  [[], [], []],
  [
    [2, 1, 3],
    [4, 1],
    [2, 4, 3],
  ],
  [[3], [2, 3, 1], [2, 3, 3]],
  [[1, 1], [1], [1, 1]],
] as const;

function binary(op: BinaryOp, f: (a: number, b: number) => number): PrimitiveCase[] {
  return pairs.map(([left, right, shape]) => {
    const a = gaussian(1, ...left);
    // Away from 0, so that quotients and their differences stay tame.
    const b = given(
      right,
      gaussian(2, ...right).data.map((x) => x + Math.sign(x)),
    );
    return {
      title: title(left, right),
      inputs: [a, b],
      build: ([x, y]) => x![op](y!),
      expected: tabulate(shape, (index) => f(at(a, index), at(b, index))),
    };
  });
}

/** Numbers keep off the corners of relu, minimum and maximum, where there is no gradient. */
export const elementwise: Readonly<Record<UnaryOp | BinaryOp, readonly PrimitiveCase[]>> = {
  neg: unary('neg', (x) => -x, [-1.5, 0, 2]),
  exp: unary('exp', Math.exp, [0.5, -3, 2, -1000]),
  log: unary('log', Math.log, [0.125, 1, 20]),
  sqrt: unary('sqrt', Math.sqrt, [0.25, 2, 100]),
  reciprocal: unary('reciprocal', (x) => 1 / x, [0.25, -3, 8]),
  tanh: unary('tanh', Math.tanh, [0.5, 0, -2, 100, -100]),
  sigmoid: unary('sigmoid', (x) => 1 / (1 + Math.exp(-x)), [0.5, 0, -2, 100, -100]),
  softplus: [
    ...unary('softplus', (x) => Math.log(1 + Math.exp(x)), [0.5, 0, -2, 3]),
    ...unary('softplus', (x) => Math.max(x, 0), [100, -100, 1000, -1000]),
  ],
  relu: unary('relu', (x) => Math.max(x, 0), [0.5, -2, 3]),
  step: unary('step', (x) => (x > 0 ? 1 : 0), [0.5, -2, 3, -1e-3]),
  add: binary('add', (a, b) => a + b),
  sub: binary('sub', (a, b) => a - b),
  mul: binary('mul', (a, b) => a * b),
  div: binary('div', (a, b) => a / b),
  minimum: binary('minimum', Math.min),
  maximum: binary('maximum', Math.max),
};
