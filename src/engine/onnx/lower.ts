import type { Graph, Op } from '../../graph/types.ts';
import type { FreeAxes } from './free_axes.ts';
import { type Context, type Dialect, type Lower, lowerings, openLengths, outputName } from './lowerings.ts';
import { ModelBuilder } from './model.ts';

/** The bytes of an ONNX model that computes `graph` in float32, for any lengths of the axes that are free. */
export function lower(graph: Graph, dialect: Dialect = {}, free?: FreeAxes): Uint8Array {
  const model = new ModelBuilder();
  const names: string[] = [];
  const normalizations: Context['normalizations'] = new Map();
  const wanted = wantedNames(graph);
  const open = free && { free };
  graph.nodes.forEach((node, position) => {
    const inputs = node.inputs.map((input) => names[input]!);
    // The registry gives each op the lowering of its own kind of node, which the compiler cannot follow here.
    const lowerNode = lowerings[node.op] as Lower<Op>;
    const output = wanted[position]!;
    names.push(lowerNode(node, { model, graph, names, inputs, output, normalizations, dialect, ...open }));
  });
  for (const [name, position] of Object.entries(graph.outputs)) {
    const output = outputName(name);
    if (names[position] !== output) model.node('Identity', [names[position]!], {}, output);
    model.output(output, openLengths(graph.nodes[position]!, free));
  }
  return model.finish();
}

/** Where a node is an output its value gets the output's name at once, so that it need not be copied. */
function wantedNames({ nodes, outputs }: Graph): string[] {
  const names = nodes.map((node, position) => `${node.op}_${position}`);
  for (const [name, position] of Object.entries(outputs)) names[position] = outputName(name);
  return names;
}
