import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import type { Operation } from '../../graph/tensor.ts';
import { type Attributes, type Graph, lengths, type Node } from '../../graph/types.ts';
import type { Engine, Program, Value } from '../contract.ts';
import { checkFeeds } from '../feeds.ts';
import { evaluators, type Tensor } from './evaluators.ts';

/** Interprets graphs in float64, node by node: slow and plain, the oracle that the other engines are tested against. */
export const referenceEngine: Engine = {
  name: 'reference',
  precision: 'float64',
  device: false,
  availability: async () => ({ usable: true, version: '1' }),
  compile: async (graph) => new ReferenceProgram(graph),
  upload: ({ shape, data }) => hostTensor([...shape], Float64Array.from(data)),
  read: async (value) => numbersOf(value),
  release: () => {},
};

const spent: Tensor = { shape: [], data: new Float64Array(0) };

class ReferenceProgram implements Program {
  readonly #graph: Graph;
  /** For every node the last one that needs its value. */
  readonly #last: readonly number[];

  constructor(graph: Graph) {
    this.#graph = graph;
    const last: number[] = [];
    for (const [i, { inputs }] of graph.nodes.entries()) for (const input of inputs) last[input] = i;
    for (const position of Object.values(graph.outputs)) last[position] = graph.nodes.length;
    this.#last = last;
  }

  async run(feeds: Readonly<Record<string, Value>>): Promise<Record<string, Value>> {
    const { nodes, outputs } = this.#graph;
    checkFeeds(this.#graph, feeds);
    const values: Tensor[] = [];
    for (const [i, node] of nodes.entries()) {
      values.push({ shape: lengths(node.shape), data: evaluate(node, values, feeds) });
      // Held-out prompts by the thousand would else fill the memory.
      for (const input of node.inputs) if (this.#last[input] === i) values[input] = spent;
    }
    return Object.fromEntries(Object.entries(outputs).map(([name, position]) => [name, values[position]!]));
  }

  async dispose(): Promise<void> {}
}

function evaluate(node: Node, values: readonly Tensor[], feeds: Readonly<Record<string, Value>>): Float64Array {
  if (node.op === 'input') return numbersOf(feeds[node.attributes.name]!).data;
  if (node.op === 'constant') return node.attributes.data;
  const inputs = node.inputs.map((position) => values[position]!);
  const evaluator = evaluators[node.op] as (
    inputs: readonly Tensor[],
    attributes: Attributes[Operation],
    shape: readonly number[],
  ) => Float64Array;
  return evaluator(inputs, node.attributes, lengths(node.shape));
}

/** @throws Error when the value belongs to another engine. */
function numbersOf(value: Value): Tensor & HostTensor {
  const { data } = value as Partial<Tensor>;
  if (data instanceof Float64Array) return { shape: value.shape, data };
  throw new Error('a value that the reference engine did not make');
}
