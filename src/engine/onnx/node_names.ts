import type { Graph, Node } from '../../graph/types.ts';
import { outputName } from './lowerings.ts';

/**
 * Names of the values of a graph's nodes, by which viewers show the nodes that make them: after the part of the model whose
 * named constants they work with, as in `layers.0.attn/matmul_43`. Where a node is an output its value gets the output's name
 * at once, so that it need not be copied.
 */
export function nodeNames(graph: Graph): string[] {
  const parts = partsOf(graph);
  const names = graph.nodes.map(({ op }, position) => `${parts[position]}${op}_${position}`);
  for (const [name, position] of Object.entries(graph.outputs)) names[position] = outputName(name);
  return names;
}

/** By node: the part of its own named constant, else of its inputs' parts the one begun last; of a layer norm, that of its gain. */
function partsOf({ nodes }: Graph): string[] {
  const parts: string[] = [];
  // In the order in which they are begun.
  const begun: string[] = [''];
  for (const node of nodes) {
    const own = node.inputs.map((input) => ownPart(nodes[input]!)).find((part) => part !== '');
    if (own !== undefined && !begun.includes(own)) begun.push(own);
    const given = node.inputs.map((input) => begun.indexOf(parts[input]!));
    parts.push(own ?? begun[Math.max(0, ...given)]!);
  }
  nodes.forEach(({ op }, position) => {
    if (op !== 'layer_norm') return;
    const reader = nodes.findIndex(({ inputs }) => inputs.includes(position));
    if (reader >= 0) parts[position] = parts[reader]!;
  });
  return parts;
}

/** `layers.0.attn/` of a constant `params/layers.0.attn.W_Q`; empty for a name without parts, and for other nodes. */
function ownPart(node: Node): string {
  const name = node.op === 'constant' ? (node.attributes.name ?? '') : '';
  return name
    .replace(/^.*\//, '')
    .replace(/\.?[^.]*$/, '')
    .replace(/.$/, '$&/');
}
