import { broadcast, checkShape, describe, describeAxis, entries, GraphError, sameLengths } from '../shape.ts';
import type { Shape } from '../types.ts';
import { sumToShape } from './broadcast.ts';
import type { Primitives } from './primitive.ts';

const withSize = (shape: Shape, axis: number, size: number): Shape =>
  shape.map((old, i) => (i === axis ? { name: old.name, size } : old));

const reshape: Primitives<'reshape'>['reshape'] = {
  shape: ([x], _, target) => {
    if (entries(x!) === entries(checkShape(target, 'reshape'))) return target;
    throw new GraphError(
      `reshape: ${describe(x!)} has ${entries(x!)} entries, ${describe(target)} has ${entries(target)}`,
    );
  },
  simplify: ([x], _, shape) => {
    if (sameLengths(x!.shape, shape)) return x!;
    const [source] = x!.sources;
    if (x!.node.op === 'reshape') return source!.reshape(shape);
    if (x!.node.op === 'expand' && source!.shape.length === 0) return source!.expand(shape);
    return undefined;
  },
  gradient: (_, { inputs, upstream }) => upstream.reshape(inputs[0]!.shape),
};

const transpose: Primitives<'transpose'>['transpose'] = {
  shape: ([x], { permutation }) => {
    const complete = permutation.length === x!.length && new Set(permutation).size === x!.length;
    if (complete) return permutation.map((axis) => x![axis]!);
    throw new GraphError(`transpose: [${permutation.join(', ')}] does not name every axis of ${describe(x!)} once`);
  },
  simplify: ([x], { permutation }, shape) => {
    const { node } = x!;
    if (node.op === 'transpose') {
      return x!.sources[0]!.transpose(permutation.map((axis) => node.attributes.permutation[axis]!));
    }
    // Numbers change place only if axes longer than 1 do.
    const long = permutation.filter((axis) => x!.shape[axis]!.size > 1);
    return long.every((axis, i) => i === 0 || axis > long[i - 1]!) ? x!.reshape(shape) : undefined;
  },
  gradient: (_, { attributes: { permutation }, upstream }) => {
    const rank = permutation.length;
    const swapsLast = permutation.every((axis, i) => axis === (i < rank - 2 ? i : 2 * rank - 3 - i));
    if (swapsLast && upstream.node.op === 'matmul') {
      // (A B)ᵀ = Bᵀ Aᵀ: engines transpose the operands of a product for nothing.
      const [left, right] = upstream.sources;
      return right!.transposed().matmul(left!.transposed());
    }
    return upstream.transpose(permutation.map((_axis, i) => permutation.indexOf(i)));
  },
};

const slice: Primitives<'slice'>['slice'] = {
  shape: ([x], { axis, start, end }) => {
    const { size } = x![axis]!;
    const whole = Number.isInteger(start) && Number.isInteger(end);
    if (whole && start >= 0 && start < end && end <= size) return withSize(x!, axis, end - start);
    throw new GraphError(`slice: ${start}..${end} of ${describeAxis(x![axis]!)} in ${describe(x!)}`);
  },
  simplify: ([x], _, shape) => (sameLengths(x!.shape, shape) ? x! : undefined),
  gradient: (_, { inputs, attributes: { axis, start, end }, upstream }) =>
    upstream.pad(axis, start, inputs[0]!.shape[axis]!.size - end),
};

const pad: Primitives<'pad'>['pad'] = {
  shape: ([x], { axis, before, after }) => {
    if ([before, after].every((count) => Number.isInteger(count) && count >= 0)) {
      return withSize(x!, axis, before + x![axis]!.size + after);
    }
    throw new GraphError(`pad: ${before} before and ${after} after ${describeAxis(x![axis]!)} in ${describe(x!)}`);
  },
  simplify: ([x], { before, after }) => (before === 0 && after === 0 ? x! : undefined),
  gradient: (_, { inputs, attributes: { axis, before }, upstream }) =>
    upstream.slice(axis, before, before + inputs[0]!.shape[axis]!.size),
};

const concat: Primitives<'concat'>['concat'] = {
  shape: (shapes, { axis }) => {
    const [first] = shapes;
    for (const shape of shapes) {
      if (sameLengths(withSize(shape, axis, 1), withSize(first!, axis, 1))) continue;
      throw new GraphError(
        `concat: ${describe(first!)} and ${describe(shape)} differ beside the axis ${describeAxis(first![axis]!)}`,
      );
    }
    return withSize(first!, axis, sum(shapes.map((shape) => shape[axis]!.size)));
  },
  simplify: (inputs) => (inputs.length === 1 ? inputs[0] : undefined),
  gradient: (position, { inputs, attributes: { axis }, upstream }) => {
    const sizes = inputs.map((input) => input.shape[axis]!.size);
    const start = sum(sizes.slice(0, position));
    return upstream.slice(axis, start, start + sizes[position]!);
  },
};

const expand: Primitives<'expand'>['expand'] = {
  shape: ([x], _, target) => {
    const reached =
      x!.length <= target.length && sameLengths(broadcast('expand', x!, checkShape(target, 'expand')), target);
    if (reached) return target;
    throw new GraphError(`expand: ${describe(x!)} cannot be repeated to ${describe(target)}`);
  },
  simplify: ([x], _, shape) => {
    if (sameLengths(x!.shape, shape)) return x!;
    if (x!.node.op === 'expand') return x!.sources[0]!.expand(shape);
    // One number in plain form can be folded where it is used.
    return x!.shape.length > 0 && entries(x!.shape) === 1 ? x!.reshape([]).expand(shape) : undefined;
  },
  gradient: (_, { inputs, upstream }) => sumToShape(upstream, inputs[0]!.shape),
};

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

export const layout: Primitives<'reshape' | 'transpose' | 'slice' | 'pad' | 'concat' | 'expand'> = {
  reshape,
  transpose,
  slice,
  pad,
  concat,
  expand,
};
