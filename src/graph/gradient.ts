import type { Primitive } from './primitives/primitive.ts';
import { primitives } from './primitives/registry.ts';
import { describe, GraphError, sameLengths } from './shape.ts';
import { type Operation, SymbolicTensor } from './tensor.ts';
import type { Node } from './types.ts';

/** Ops that later ones see through: what is computed from their result may have been recorded from their source. */
const seenThrough: ReadonlySet<Node['op']> = new Set(['reshape', 'transpose', 'expand']);

/**
 * Records ∂loss/∂x for every x of `wrt`, in reverse mode; zeros where the loss does not depend on x.
 * @throws GraphError when the loss is not a scalar, or an x is another tensor in a new layout.
 */
export function gradients(loss: SymbolicTensor, wrt: readonly SymbolicTensor[]): SymbolicTensor[] {
  if (loss.shape.length > 0) throw new GraphError(`gradients: the loss ${describe(loss.shape)} is not a scalar`);
  for (const { node } of wrt) {
    if (seenThrough.has(node.op)) throw new GraphError(`gradients: with respect to a ${node.op}; take its source`);
  }
  const { recorder } = loss;
  const needed = dependents(recorder.nodes, wrt, loss.id);
  const adjoints = new Map([[loss.id, recorder.scalar(1)]]);
  const contribute = (source: SymbolicTensor, contribution: () => SymbolicTensor | undefined): void => {
    const gradient = needed[source.id] ? contribution() : undefined;
    if (!gradient) return;
    const others = adjoints.get(source.id);
    adjoints.set(source.id, others ? others.add(gradient) : gradient);
  };
  for (let id = loss.id; id >= 0; id--) {
    const upstream = adjoints.get(id);
    if (!upstream || recorder.detached.has(id)) continue;
    const known = recorder.derivatives.get(id);
    if (known) {
      contribute(known.source, () => upstream.mul(known.derivative));
      continue;
    }
    const output = new SymbolicTensor(recorder, id, recorder.nodes[id]!.shape);
    for (const [position, source] of output.sources.entries()) {
      contribute(source, () => inputGradient(output, position, upstream));
    }
  }
  return wrt.map((tensor) => (adjoints.get(tensor.id) ?? recorder.scalar(0)).expand(tensor.shape));
}

/** Marks the nodes up to `last` that depend on a tensor of `wrt`. */
function dependents(nodes: readonly Node[], wrt: readonly SymbolicTensor[], last: number): boolean[] {
  const sought = new Set(wrt.map((tensor) => tensor.id));
  const marks: boolean[] = [];
  for (let id = 0; id <= last; id++) marks.push(sought.has(id) || nodes[id]!.inputs.some((input) => marks[input]));
  return marks;
}

function inputGradient(output: SymbolicTensor, position: number, upstream: SymbolicTensor): SymbolicTensor | undefined {
  const { node, sources } = output;
  if (node.op === 'input' || node.op === 'constant') return undefined;
  const primitive = primitives[node.op] as Primitive<Operation>;
  const gradient = primitive.gradient(position, { inputs: sources, attributes: node.attributes, output, upstream });
  const { shape } = sources[position]!;
  if (!gradient || sameLengths(gradient.shape, shape)) return gradient;
  throw new GraphError(`gradient of ${node.op}: ${describe(gradient.shape)} for an input ${describe(shape)}`);
}
