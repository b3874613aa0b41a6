import type { Tensor } from '@tensorflow/tfjs';
import type { HostTensor } from '../../core/tensor.ts';
import type { Operation } from '../../graph/tensor.ts';
import { type Attributes, type Graph, lengths, type Node } from '../../graph/types.ts';
import type { Availability, Engine, Program, Value } from '../contract.ts';
import { checkFeeds } from '../feeds.ts';
import { operations, type Tf } from './operations.ts';

/** An installed package of TensorFlow.js, with its backend ready. */
export interface Loaded {
  readonly tf: Tf;
  readonly version: string;
  readonly adapter?: string;
}

/** An engine that walks graphs node by node with TensorFlow.js, in float32. */
export class TensorFlowEngine implements Engine {
  readonly name = 'tensorflow';
  readonly precision = 'float32';
  readonly device: boolean;
  readonly #load: () => Promise<Loaded>;
  #tf: Tf | undefined;

  /** @param load finds the package; throws an error that says what is missing */
  constructor(load: () => Promise<Loaded>, device: boolean) {
    this.#load = load;
    this.device = device;
  }

  async availability(): Promise<Availability> {
    try {
      const { tf: _, ...facts } = await this.#load();
      return { usable: true, ...facts };
    } catch (error) {
      return { usable: false, reason: (error as Error).message };
    }
  }

  async compile(graph: Graph): Promise<Program> {
    this.#tf = (await this.#load()).tf;
    return new TensorFlowProgram(this.#tf, graph);
  }

  upload({ shape, data }: HostTensor): Value {
    return new TensorFlowValue([...shape], Float32Array.from(data));
  }

  async read(value: Value): Promise<HostTensor> {
    const { shape, content } = tensorFlowValue(value);
    if (content instanceof Float32Array) return { shape, data: content };
    return { shape, data: (await content.data()) as Float32Array };
  }

  release(value: Value): void {
    const { content } = tensorFlowValue(value);
    if (!(content instanceof Float32Array) && !content.isDisposed) content.dispose();
  }
}

/** Numbers in main memory, or a tensor of the backend. */
class TensorFlowValue implements Value {
  readonly shape: readonly number[];
  readonly content: Float32Array | Tensor;

  constructor(shape: readonly number[], content: Float32Array | Tensor) {
    this.shape = shape;
    this.content = content;
  }
}

function tensorFlowValue(value: Value): TensorFlowValue {
  if (value instanceof TensorFlowValue) return value;
  throw new Error('a value that the TensorFlow engine did not make');
}

class TensorFlowProgram implements Program {
  readonly #tf: Tf;
  readonly #graph: Graph;
  /** Position of a node → positions of those that are used for the last time there. */
  readonly #lastUses: ReadonlyMap<number, readonly number[]>;
  /** Position → tensor. */
  readonly #constants: ReadonlyMap<number, Tensor>;

  constructor(tf: Tf, graph: Graph) {
    this.#tf = tf;
    this.#graph = graph;
    this.#lastUses = lastUses(graph);
    this.#constants = new Map(
      graph.nodes.flatMap(({ op, attributes, shape }, position) =>
        op === 'constant' ? [[position, tf.tensor(Float32Array.from(attributes.data), lengths(shape))] as const] : [],
      ),
    );
  }

  async run(feeds: Readonly<Record<string, Value>>): Promise<Record<string, Value>> {
    const { nodes, outputs } = this.#graph;
    checkFeeds(this.#graph, feeds);
    const values: Tensor[] = [];
    for (const [position, node] of nodes.entries()) {
      values.push(this.#evaluate(node, position, values, feeds));
      for (const used of this.#lastUses.get(position) ?? []) values[used]!.dispose();
    }
    const results = Object.entries(outputs).map(([name, position]): [string, Value] => {
      return [name, new TensorFlowValue(lengths(nodes[position]!.shape), this.#tf.clone(values[position]!))];
    });
    for (const position of new Set(Object.values(outputs))) {
      if (nodes[position]!.op !== 'constant') values[position]!.dispose();
    }
    return Object.fromEntries(results);
  }

  async dispose(): Promise<void> {
    for (const tensor of this.#constants.values()) tensor.dispose();
  }

  /** A tensor that nobody else disposes of, unless it is a constant. */
  #evaluate(node: Node, position: number, values: readonly Tensor[], feeds: Readonly<Record<string, Value>>): Tensor {
    const tf = this.#tf;
    if (node.op === 'constant') return this.#constants.get(position)!;
    const shape = lengths(node.shape);
    if (node.op === 'input') {
      const { content } = tensorFlowValue(feeds[node.attributes.name]!);
      return content instanceof Float32Array ? tf.tensor(content, shape) : tf.clone(content);
    }
    // The registry gives each op the computation of its own kind of node, which the compiler cannot follow here.
    const compute = operations[node.op] as (
      tf: Tf,
      inputs: readonly Tensor[],
      attributes: Attributes[Operation],
      shape: readonly number[],
    ) => Tensor;
    const inputs = node.inputs.map((input) => values[input]!);
    return tf.tidy(() => {
      const result = compute(tf, inputs, node.attributes, shape);
      return inputs.includes(result) ? tf.clone(result) : result;
    });
  }
}

/** Where each node that is neither constant nor output is used for the last time. */
function lastUses({ nodes, outputs }: Graph): Map<number, number[]> {
  const kept = new Set(Object.values(outputs));
  const last = new Map<number, number>();
  for (const [position, { inputs }] of nodes.entries()) for (const input of inputs) last.set(input, position);
  const uses = new Map<number, number[]>();
  for (const [node, position] of last) {
    if (kept.has(node) || nodes[node]!.op === 'constant') continue;
    uses.set(position, [...(uses.get(position) ?? []), node]);
  }
  return uses;
}
