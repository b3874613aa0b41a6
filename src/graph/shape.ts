import type { Axis, Shape } from './types.ts';

/** A model or objective that does not fit together: a bug in the program, found while the graph is recorded. */
export class GraphError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'GraphError';
  }
}

/** `[head=4, query=20]`, for messages. */
export const describe = (shape: Shape): string => `[${shape.map(describeAxis).join(', ')}]`;

export const describeAxis = (axis: Axis): string => `${axis.name}=${axis.size}`;

/** Whether two shapes have the same lengths, whatever the names. */
export const sameLengths = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((axis, i) => axis.size === b[i]!.size);

export const entries = (shape: Shape): number => shape.reduce((size, axis) => size * axis.size, 1);

/** @throws GraphError unless every length is a whole number ≥ 1. */
export function checkShape(shape: Shape, what: string): Shape {
  const bad = shape.find((axis) => !Number.isInteger(axis.size) || axis.size < 1);
  if (bad) throw new GraphError(`${what}: ${describeAxis(bad)} of ${describe(shape)} is not a whole number from 1`);
  return shape;
}

/**
 * Numpy's broadcasting. An axis is named after the side whose length is not 1, the left one if both agree.
 * @throws GraphError naming the axes that differ.
 */
export function broadcast(what: string, left: Shape, right: Shape): Shape {
  const rank = Math.max(left.length, right.length);
  return Array.from({ length: rank }, (_, i) => {
    const a = left[i - rank + left.length];
    const b = right[i - rank + right.length];
    if (!a || !b) return (a ?? b)!;
    if (a.size !== b.size && a.size !== 1 && b.size !== 1) {
      throw new GraphError(
        `${what}: axes differ: left ${describe(left)}, right ${describe(right)}: ${describeAxis(a)} against ${describeAxis(b)}`,
      );
    }
    return a.size === 1 && b.size !== 1 ? b : a;
  });
}

/**
 * Position of an axis given by name or by number; negative numbers count from the end.
 * @throws GraphError when there is no such axis, or several of that name.
 */
export function axisIndex(what: string, shape: Shape, axis: number | string): number {
  if (typeof axis === 'number') {
    const index = axis < 0 ? axis + shape.length : axis;
    if (Number.isInteger(index) && index >= 0 && index < shape.length) return index;
    throw new GraphError(`${what}: no axis ${axis} in ${describe(shape)}`);
  }
  const index = shape.findIndex((candidate) => candidate.name === axis);
  if (index < 0) throw new GraphError(`${what}: no axis "${axis}" in ${describe(shape)}`);
  if (shape.some((candidate, i) => i > index && candidate.name === axis)) {
    throw new GraphError(`${what}: several axes "${axis}" in ${describe(shape)}; give its number`);
  }
  return index;
}
