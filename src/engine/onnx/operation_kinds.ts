import { type Graph, lengths, type Node } from '../../graph/types.ts';

/**
 * Which kinds of operations of a graph have a property, each kind tried alone with inputs of the same lengths as in the
 * graph. Returns descriptions such as `softmax [8, 16]`, one a kind.
 */
export async function operationsThat(graph: Graph, has: (part: Graph) => Promise<boolean>): Promise<string[]> {
  const kinds = new Map<string, Node>();
  for (const node of graph.nodes) {
    if (node.op !== 'input' && node.op !== 'constant' && !kinds.has(node.op)) kinds.set(node.op, node);
  }
  const found: string[] = [];
  for (const node of kinds.values()) {
    if (await has(alone(graph, node))) found.push(`${node.op} [${lengths(node.shape).join(', ')}]`);
  }
  return found;
}

/** A graph of one node, fed with what the node takes. */
function alone({ nodes }: Graph, node: Node): Graph {
  const inputs = node.inputs.map((position, i): Node => {
    return { op: 'input', inputs: [], attributes: { name: `x${i}` }, shape: nodes[position]!.shape };
  });
  return {
    nodes: [...inputs, { ...node, inputs: inputs.map((_, i) => i) }],
    inputs: Object.fromEntries(inputs.map((_, i) => [`x${i}`, i])),
    outputs: { y: inputs.length },
  };
}
