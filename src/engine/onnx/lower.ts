import { type Graph, lengths, type Op } from '../../graph/types.ts';
import { type Context, type Dialect, type Lower, lowerings, outputName } from './lowerings.ts';
import { ModelBuilder } from './model.ts';
import { nodeNames } from './node_names.ts';
import type { RuntimeLengths } from './runtime_lengths.ts';

/**
 * The bytes of an ONNX model that computes `graph` in float32.
 * @param open lengths that are only known when it runs; none unless given
 * @param facts what the file says of itself, by name
 */
export function lower(
  graph: Graph,
  dialect: Dialect = {},
  open?: RuntimeLengths,
  facts: Readonly<Record<string, string>> = {},
): Uint8Array {
  const model = new ModelBuilder();
  const names: string[] = [];
  const normalizations: Context['normalizations'] = new Map();
  const wanted = nodeNames(graph);
  graph.nodes.forEach((node, position) => {
    const inputs = node.inputs.map((input) => names[input]!);
    // The registry gives each op the lowering of its own kind of node, which the compiler cannot follow here.
    const lowerNode = lowerings[node.op] as Lower<Op>;
    const output = wanted[position]!;
    model.begin(output);
    names.push(
      lowerNode(node, { model, graph, names, inputs, output, normalizations, dialect, ...(open && { open }) }),
    );
  });
  for (const [name, position] of Object.entries(graph.outputs)) {
    const output = outputName(name);
    if (names[position] !== output) model.node('Identity', [names[position]!], {}, output);
    const node = graph.nodes[position]!;
    model.output(output, open?.described(node) ?? lengths(node.shape));
  }
  return model.finish(facts);
}
