import { type Graph, lengths, type Node } from '../../graph/types.ts';
import type { Unit } from './fusion.ts';
import { type Instruction, isBinary, isUnary, type Nest } from './loops.ts';
import { nestOf } from './nests.ts';
import { rowMajor, type View } from './views.ts';

type NodeOf<O extends Node['op']> = Extract<Node, { readonly op: O }>;

/** Collects the instructions of a unit. */
export class NestBuilder {
  readonly #unit: Unit;
  readonly #graph: Graph;
  readonly #operandOf: (position: number, shape: readonly number[]) => View;
  readonly #instructions: Instruction[] = [];
  readonly #instructionOf = new Map<number, number>();
  readonly #reads: View[] = [];

  constructor(unit: Unit, graph: Graph, operandOf: (position: number, shape: readonly number[]) => View) {
    this.#unit = unit;
    this.#graph = graph;
    this.#operandOf = operandOf;
  }

  /** @param memberOf the node of the unit that another is, if any */
  add(position: number, memberOf: (position: number) => number | undefined): void {
    const node = this.#graph.nodes[position]!;
    const { op } = node;
    if (!isUnary(op) && !isBinary(op)) throw new Error(`${op} is no function of single numbers`);
    const inputs = node.inputs.map((input) => this.#value(input, lengths(node.shape), memberOf(input)));
    this.#instructionOf.set(position, this.#instructions.push({ op, inputs }) - 1);
  }

  /** The nest that writes the results of some nodes and a sum; writes follow reads among the operands. */
  finish(
    written: readonly number[],
    summed: NodeOf<'reduce_sum'> | undefined,
    memberOf: (position: number) => number | undefined,
  ): { nest: Nest; reads: readonly View[] } {
    const shape = this.#unit.key === '' ? [] : this.#unit.key!.split(',').map(Number);
    const sum = summed && this.#sumOf(summed, memberOf);
    const first = this.#reads.length;
    const nest = nestOf({
      lengths: shape,
      operands: [
        ...this.#reads.map(({ strides }) => strides),
        ...written.map(() => rowMajor(shape)),
        ...(sum ? [sum.strides] : []),
      ],
      summed: sum?.axes ?? [],
      instructions: this.#instructions,
      stores: written.map((position, i) => ({ instruction: this.#instructionOf.get(position)!, operand: first + i })),
      ...(sum && { sum: { instruction: sum.instruction, operand: first + written.length } }),
    });
    return { nest, reads: this.#reads };
  }

  /** What is summed, over which of the axes that are longer than 1, and the strides of the sums. */
  #sumOf(
    { inputs: [x], attributes: { axes } }: NodeOf<'reduce_sum'>,
    memberOf: (position: number) => number | undefined,
  ): { instruction: number; axes: readonly number[]; strides: readonly number[] } {
    const shape = lengths(this.#graph.nodes[x!]!.shape);
    const instruction = this.#value(x!, shape, memberOf(x!));
    const kept = rowMajor(shape.map((length, axis) => (axes.includes(axis) ? 1 : length)));
    const long = shape.flatMap((length, axis) => (length === 1 ? [] : [axis]));
    return {
      instruction,
      axes: long.flatMap((axis, i) => (axes.includes(axis) ? [i] : [])),
      strides: long.map((axis) => (axes.includes(axis) ? 0 : kept[axis]!)),
    };
  }

  /** The instruction that gives a tensor's numbers at every index. */
  #value(position: number, shape: readonly number[], member: number | undefined): number {
    if (member !== undefined) return this.#instructionOf.get(member)!;
    const node = this.#graph.nodes[position]!;
    if (node.op === 'constant' && node.attributes.data.length === 1) {
      return this.#instructions.push({ op: 'constant', value: node.attributes.data[0]! }) - 1;
    }
    const view = this.#operandOf(position, shape);
    const known = this.#reads.findIndex(
      ({ storage, offset, strides }) =>
        storage === view.storage && offset === view.offset && strides.join() === view.strides.join(),
    );
    const operand = known >= 0 ? known : this.#reads.push(view) - 1;
    const same = this.#instructions.findIndex((one) => one.op === 'load' && one.operand === operand);
    return same >= 0 ? same : this.#instructions.push({ op: 'load', operand }) - 1;
  }
}
