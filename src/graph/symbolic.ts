import type { Primitive } from './primitives/primitive.ts';
import { primitives } from './primitives/registry.ts';
import { axisIndex, checkShape, describe, entries, GraphError } from './shape.ts';
import { type AxisReference, type Derivative, type Operation, type Recording, SymbolicTensor } from './tensor.ts';
import { type Attributes, type Graph, lengths, type Node, type Shape } from './types.ts';

export { SymbolicTensor };

/** Largest constant that is compared with the ones recorded before, unless said. */
const comparedEntries = 64;

/** Writes down a computation over symbolic tensors, to be run by an engine. */
export class Recorder implements Recording {
  readonly derivatives = new Map<number, Derivative>();
  readonly detached = new Set<number>();
  readonly #nodes: Node[] = [];
  readonly #inputs = new Map<string, SymbolicTensor>();
  /** Structural key → position of the node with that op, inputs, attributes and lengths. */
  readonly #known = new Map<string, number>();
  readonly #mostCompared: number;

  constructor(mostCompared = comparedEntries) {
    this.#mostCompared = mostCompared;
  }

  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /**
   * A value fed at every run.
   * @throws GraphError when the name is taken.
   */
  input(name: string, shape: Shape): SymbolicTensor {
    if (this.#inputs.has(name)) throw new GraphError(`input "${name}" is declared twice`);
    const node: Node = { op: 'input', inputs: [], attributes: { name }, shape: checkShape(shape, `input "${name}"`) };
    const tensor = this.#append(node, `input|${name}`);
    this.#inputs.set(name, tensor);
    return tensor;
  }

  /**
   * @param name of what stays apart from others with the same numbers
   * @throws GraphError when shape and data disagree.
   */
  constant(shape: Shape, data: ArrayLike<number>, name?: string): SymbolicTensor {
    if (entries(checkShape(shape, 'constant')) !== data.length) {
      throw new GraphError(`constant: ${describe(shape)} has ${entries(shape)} entries, the data ${data.length}`);
    }
    const attributes = { data: Float64Array.from(data), ...(name !== undefined && { name }) };
    const node: Node = { op: 'constant', inputs: [], attributes, shape };
    if (data.length > this.#mostCompared || name !== undefined) return this.#append(node);
    const text = Array.from(data, (number) => (Object.is(number, -0) ? '-0' : String(number)));
    return this.#append(node, `constant|${text}|${lengths(shape)}`);
  }

  scalar(value: number): SymbolicTensor {
    return this.constant([], [value]);
  }

  record<O extends Operation>(
    op: O,
    inputs: readonly SymbolicTensor[],
    attributes: Attributes[O],
    target: Shape = [],
  ): SymbolicTensor {
    if (inputs.some((input) => input.recorder !== this)) throw new GraphError(`${op}: an input of another recorder`);
    const primitive: Primitive<O> = primitives[op];
    const shape = primitive.shape(
      inputs.map((input) => input.shape),
      attributes,
      target,
    );
    const simpler = primitive.simplify?.(inputs, attributes, shape);
    if (simpler) return new SymbolicTensor(this, simpler.id, shape);
    const ids = inputs.map((input) => input.id);
    const node = { op, inputs: ids, attributes, shape } as Node;
    return this.#append(node, `${op}|${ids}|${JSON.stringify(attributes)}|${lengths(shape)}`);
  }

  /**
   * The graph that computes `outputs`, without anything they do not need: an input that no output depends on
   * is not an input of the graph.
   */
  finish(outputs: Readonly<Record<string, SymbolicTensor>>): Graph {
    const positions = this.#needed(Object.values(outputs));
    const nodes = [...positions.keys()].map((id) => {
      const node = this.#nodes[id]!;
      return { ...node, inputs: node.inputs.map((input) => positions.get(input)!) };
    });
    const inputs = nodes.flatMap((node, i) => (node.op === 'input' ? [[node.attributes.name, i] as const] : []));
    return {
      nodes,
      inputs: Object.fromEntries(inputs),
      outputs: Object.fromEntries(Object.entries(outputs).map(([name, { id }]) => [name, positions.get(id)!])),
    };
  }

  /** Old position → new position of every node that `outputs` need, in order. */
  #needed(outputs: readonly SymbolicTensor[]): Map<number, number> {
    const needed = new Set<number>();
    for (const output of outputs) {
      if (output.recorder !== this) throw new GraphError('an output of another recorder');
      needed.add(output.id);
    }
    for (let id = this.#nodes.length - 1; id >= 0; id--) {
      if (needed.has(id)) for (const input of this.#nodes[id]!.inputs) needed.add(input);
    }
    return new Map([...needed].sort((a, b) => a - b).map((id, i) => [id, i]));
  }

  #append(node: Node, key?: string): SymbolicTensor {
    let id = key === undefined ? undefined : this.#known.get(key);
    if (id === undefined) {
      id = this.#nodes.push(node) - 1;
      if (key !== undefined) this.#known.set(key, id);
    }
    return new SymbolicTensor(this, id, node.shape);
  }
}

/** Joins tensors along `axis`, named or counted as in the first of them. */
export function concat(tensors: readonly SymbolicTensor[], axis: AxisReference): SymbolicTensor {
  const [first] = tensors;
  if (!first) throw new GraphError('concat: nothing to join');
  return first.recorder.record('concat', tensors, { axis: axisIndex('concat', first.shape, axis) });
}
