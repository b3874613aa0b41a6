import { type Graph, lengths, type Node } from '../../graph/types.ts';

/** Node → for each of its axes, whether its length is only known when the model runs. */
export type FreeAxes = ReadonlyMap<Node, readonly boolean[]>;

/**
 * The axes of `graph` that are of another length in `longer`, which is the same computation recorded for another number of
 * prompts. undefined when they differ in more than lengths that can stay open: then the number is part of the model.
 */
export function freeAxes(graph: Graph, longer: Graph): FreeAxes | undefined {
  if (graph.nodes.length !== longer.nodes.length) return undefined;
  const free = new Map<Node, readonly boolean[]>();
  for (const [position, node] of graph.nodes.entries()) {
    const other = longer.nodes[position]!;
    if (!isSame(node, other)) return undefined;
    const [sizes, otherSizes] = [lengths(node.shape), lengths(other.shape)];
    const axes = sizes.map((size, axis) => size !== otherSizes[axis]);
    const open = axes.filter(Boolean).length;
    // Reshape infers one length; what is repeated is repeated as often as the first input has prompts.
    if (node.op === 'reshape' && open > 1) return undefined;
    if (node.op === 'expand' && !axes.every((isFree, axis) => !isFree || otherSizes[axis] === sizes[axis]! + 1)) {
      return undefined;
    }
    free.set(node, axes);
  }
  return free;
}

/** Whether two nodes do the same to the same, whatever the lengths. */
function isSame(a: Node, b: Node): boolean {
  const alike =
    a.op === b.op &&
    a.shape.length === b.shape.length &&
    a.inputs.length === b.inputs.length &&
    a.inputs.every((input, i) => input === b.inputs[i]);
  if (!alike) return false;
  if (a.op !== 'constant' || b.op !== 'constant') return JSON.stringify(a.attributes) === JSON.stringify(b.attributes);
  const [data, other] = [a.attributes.data, b.attributes.data];
  return data.length === other.length && data.every((value, i) => Object.is(value, other[i]));
}
