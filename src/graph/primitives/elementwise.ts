import { broadcast } from '../shape.ts';
import type { SymbolicTensor } from '../tensor.ts';
import type { Shape } from '../types.ts';
import { scalarValue, sumToShape, withoutExpansion } from './broadcast.ts';
import type { Primitives, Use } from './primitive.ts';

type UnaryOp = 'neg' | 'exp' | 'log' | 'sqrt' | 'reciprocal' | 'tanh' | 'sigmoid' | 'softplus' | 'relu' | 'step';
type BinaryOp = 'add' | 'sub' | 'mul' | 'div' | 'minimum' | 'maximum';

/** Gradient of y = f(x), from x, y and the gradient g of y. */
type UnaryRule = (x: SymbolicTensor, y: SymbolicTensor, g: SymbolicTensor) => SymbolicTensor | undefined;

const unary = (gradient: UnaryRule) => ({
  shape: ([x]: readonly Shape[]) => x!,
  gradient: (_: number, { inputs, output, upstream }: Use<UnaryOp>) => gradient(inputs[0]!, output, upstream),
});

const unaries: Primitives<UnaryOp> = {
  neg: {
    ...unary((_x, _y, g) => g.neg()),
    simplify: ([x]) => {
      const value = scalarValue(x!);
      return value === undefined ? undefined : x!.recorder.scalar(-value);
    },
  },
  exp: unary((_x, y, g) => g.mul(y)),
  log: unary((x, _y, g) => g.div(x)),
  sqrt: unary((_x, y, g) => g.mul(0.5).div(y)),
  reciprocal: unary((_x, y, g) => g.mul(y.square()).neg()),
  tanh: unary((_x, y, g) => g.mul(g.recorder.scalar(1).sub(y.square()))),
  sigmoid: unary((_x, y, g) => g.mul(y.sub(y.square()))),
  softplus: unary((x, _y, g) => g.mul(x.sigmoid())),
  relu: unary((x, _y, g) => g.mul(x.step())),
  step: unary(() => undefined),
};

interface BinaryRule {
  /** Value for two known numbers. */
  readonly fold: (a: number, b: number) => number;
  /** Number that changes nothing when it stands on the right, and on the left. */
  readonly neutralRight?: number;
  readonly neutralLeft?: number;
  /** Gradients of y = f(a, b) before summing over repeated axes, from the gradient g of y. */
  readonly left: (g: SymbolicTensor, a: SymbolicTensor, b: SymbolicTensor) => SymbolicTensor;
  readonly right: (g: SymbolicTensor, a: SymbolicTensor, b: SymbolicTensor, y: SymbolicTensor) => SymbolicTensor;
}

const binaryRules: Readonly<Record<BinaryOp, BinaryRule>> = {
  add: { fold: (a, b) => a + b, neutralRight: 0, neutralLeft: 0, left: (g) => g, right: (g) => g },
  sub: { fold: (a, b) => a - b, neutralRight: 0, left: (g) => g, right: (g) => g.neg() },
  mul: {
    fold: (a, b) => a * b,
    neutralRight: 1,
    neutralLeft: 1,
    left: (g, _a, b) => g.mul(b),
    right: (g, a) => g.mul(a),
  },
  div: {
    fold: (a, b) => a / b,
    neutralRight: 1,
    left: (g, _a, b) => g.div(b),
    right: (g, _a, b, y) => g.mul(y).div(b).neg(),
  },
  // Where both are equal, the gradient goes to the right one.
  minimum: {
    fold: Math.min,
    left: (g, a, b) => g.mul(b.sub(a).step()),
    right: (g, a, b) => g.sub(g.mul(b.sub(a).step())),
  },
  maximum: {
    fold: Math.max,
    left: (g, a, b) => g.mul(a.sub(b).step()),
    right: (g, a, b) => g.sub(g.mul(a.sub(b).step())),
  },
};

function binary<O extends BinaryOp>(op: O): Primitives<BinaryOp>[O] {
  const rule = binaryRules[op];
  return {
    shape: ([a, b]) => broadcast(op, a!, b!),
    simplify: (operands, _, shape) => {
      const folded = foldNumbers(rule, operands[0]!, operands[1]!) ?? foldFactors(op, operands[0]!, operands[1]!);
      if (folded) return folded;
      const fewer = withoutExpansion(operands, shape, (a, b) => broadcast(op, a, b));
      return fewer && fewer[0]!.recorder.record(op, fewer, {});
    },
    gradient: (position, { inputs, output, upstream }) => {
      const [a, b] = inputs;
      const gradient = position === 0 ? rule.left(upstream, a!, b!) : rule.right(upstream, a!, b!, output);
      return sumToShape(gradient, inputs[position]!.shape);
    },
  } as Primitives<BinaryOp>[O];
}

function foldNumbers(rule: BinaryRule, a: SymbolicTensor, b: SymbolicTensor): SymbolicTensor | undefined {
  const [left, right] = [scalarValue(a), scalarValue(b)];
  if (left !== undefined && right !== undefined) return a.recorder.scalar(rule.fold(left, right));
  if (right !== undefined && right === rule.neutralRight) return a;
  if (left !== undefined && left === rule.neutralLeft) return b;
  return undefined;
}

/** x + x = 2 x and (a x) b = (a b) x for numbers a and b: gradients of squares come with both. */
function foldFactors(op: BinaryOp, left: SymbolicTensor, right: SymbolicTensor): SymbolicTensor | undefined {
  if (op === 'add' && left.id === right.id) return left.mul(2);
  const factor = op === 'mul' ? scalarValue(right) : undefined;
  if (factor === undefined || left.node.op !== 'mul') return undefined;
  const [a, b] = left.sources as [SymbolicTensor, SymbolicTensor];
  const [first, second] = [scalarValue(a), scalarValue(b)];
  if (first !== undefined) return b.mul(first * factor);
  return second === undefined ? undefined : a.mul(second * factor);
}

export const elementwise: Primitives<UnaryOp | BinaryOp> = {
  ...unaries,
  add: binary('add'),
  sub: binary('sub'),
  mul: binary('mul'),
  div: binary('div'),
  minimum: binary('minimum'),
  maximum: binary('maximum'),
};
