import { describe } from '../graph/shape.ts';
import { type Graph, lengths } from '../graph/types.ts';
import type { Value } from './contract.ts';

/** @throws Error naming the input that is missing, unknown or of the wrong shape. */
export function checkFeeds(graph: Graph, feeds: Readonly<Record<string, Value>>): void {
  for (const name of Object.keys(feeds)) {
    if (!Object.hasOwn(graph.inputs, name)) {
      throw new Error(`unknown input "${name}"; the graph takes ${Object.keys(graph.inputs).join(', ') || 'none'}`);
    }
  }
  for (const [name, position] of Object.entries(graph.inputs)) {
    const { shape } = graph.nodes[position]!;
    const value = feeds[name];
    if (!value) throw new Error(`input "${name}" ${describe(shape)} is missing`);
    const expected = lengths(shape);
    if (value.shape.length !== expected.length || value.shape.some((length, i) => length !== expected[i])) {
      throw new Error(`input "${name}" has shape [${value.shape.join(', ')}], expected ${describe(shape)}`);
    }
  }
}
