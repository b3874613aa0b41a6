import { sizeOf } from '../../core/tensor.ts';
import { type Graph, lengths, type Node, type Op } from '../../graph/types.ts';
import { logSumOfRows, manyLogSums, manyNormalizations, manySoftmaxes, manySums, shortestRow } from './many_rows.ts';
import type { ModelBuilder } from './model.ts';
import type { RuntimeLengths } from './runtime_lengths.ts';

type NodeOf<O extends Op> = Extract<Node, { readonly op: O }>;

/** What a lowering works with, besides its node. */
export interface Context {
  readonly model: ModelBuilder;
  readonly graph: Graph;
  /** Position in `graph.nodes` → name in the model, of the nodes lowered so far. */
  readonly names: readonly string[];
  /** The same for the node's inputs. */
  readonly inputs: readonly string[];
  /** The name to give to the node's value. */
  readonly output: string;
  /** Input and epsilon of a layer normalization → what it computes. */
  readonly normalizations: Map<string, Normalization>;
  readonly dialect: Dialect;
  /** Lengths that are only known when the model runs; none unless said. */
  readonly open?: RuntimeLengths;
}

/** What is expressed differently for some providers. */
export interface Dialect {
  /** Most rows that the provider's own sums, softmax, layer norm and maxima compute rightly; any number unless said. */
  readonly mostRows?: number;
}

interface Normalization {
  readonly normalized: string;
  readonly inverseDeviation: string;
}

/** Appends one node of the graph to the model; returns the name of its value. */
export type Lower<O extends Op> = (node: NodeOf<O>, context: Context) => string;

const operator =
  (type: string) =>
  (_: Node, { model, inputs, output }: Context): string =>
    model.node(type, inputs, {}, output);

/** How each primitive is expressed in standard ONNX operators. A new primitive needs an entry here for all of ONNX's engines. */
export const lowerings: { readonly [O in Op]: Lower<O> } = {
  input: (node, { model, open }) => {
    const name = inputName(node.attributes.name);
    model.input(name, open?.described(node) ?? lengths(node.shape));
    return name;
  },
  constant: (node, { model, open }) => {
    const whole = model.floats(lengths(node.shape), node.attributes.data, node.attributes.name);
    return open?.cut(model, whole, node) ?? whole;
  },

  neg: operator('Neg'),
  exp: operator('Exp'),
  log: operator('Log'),
  sqrt: operator('Sqrt'),
  reciprocal: operator('Reciprocal'),
  tanh: operator('Tanh'),
  sigmoid: operator('Sigmoid'),
  softplus: operator('Softplus'),
  relu: operator('Relu'),
  // min(max(2¹²⁶·x, 0), 1): one pass, and exact, as smaller numbers than 2⁻¹²⁶ are taken for 0.
  step: (_, { model, inputs, output }) =>
    model.node('HardSigmoid', inputs, { alpha: { float: 8.507059173023462e37 }, beta: { float: 0 } }, output),

  add: operator('Add'),
  sub: operator('Sub'),
  mul: operator('Mul'),
  div: operator('Div'),
  minimum: operator('Min'),
  maximum: operator('Max'),

  matmul: operator('MatMul'),
  reduce_sum: ({ inputs: [x], attributes: { axes, keep }, shape }, context) => {
    const { model, inputs, output, graph, dialect } = context;
    const sizes = lengths(graph.nodes[x!]!.shape);
    const result = lengths(shape);
    const most = dialect.mostRows ?? Number.POSITIVE_INFINITY;
    if (sizeOf(result) > most && sizeOf(sizes) / sizeOf(result) >= shortestRow) {
      return manySums(model, inputs[0]!, sizes, { axes, result, most, output });
    }
    return model.node(
      'ReduceSum',
      [inputs[0]!, model.integers(axes)],
      { keepdims: { integer: Number(keep) }, noop_with_empty_axes: { integer: 1 } },
      output,
    );
  },
  softmax: ({ attributes: { axis }, shape }, context) => {
    const { model, inputs, output, dialect } = context;
    const sizes = lengths(shape);
    const most = dialect.mostRows ?? Number.POSITIVE_INFINITY;
    if (sizeOf(sizes) / sizes[axis]! > most) return manySoftmaxes(model, inputs[0]!, sizes, { axis, most, output });
    if (axis < shape.length - 1) return softmaxAlongEarlierAxis(axis, context);
    return model.node('Softmax', inputs, { axis: { integer: axis } }, output);
  },
  layer_norm: (node, context) => normalization(node, context).normalized,
  inverse_deviation: (node, context) => normalization(node, context).inverseDeviation,
  log_sum_exp: logSumExp,

  reshape: (node, { model, inputs, output, open }) => {
    const target = open?.target(model, node) ?? model.integers(lengths(node.shape));
    return model.node('Reshape', [inputs[0]!, target], {}, output);
  },
  transpose: ({ attributes }, { model, inputs, output }) =>
    model.node('Transpose', inputs, { perm: { integers: attributes.permutation } }, output),
  slice: (node, { model, inputs, output, open }) => {
    const { axis, start, end } = node.attributes;
    const ends = open?.numbers(model, node, ['start', 'end']) ?? [start, end].map((number) => model.integers([number]));
    return model.node('Slice', [inputs[0]!, ...ends, model.integers([axis])], {}, output);
  },
  pad: (node, { model, inputs, output, open }) => {
    const { axis, before, after } = node.attributes;
    const along = (count: number) => node.shape.map((_, i) => (i === axis ? count : 0));
    const widths = open?.widths(model, node, axis) ?? model.integers([...along(before), ...along(after)]);
    return model.node('Pad', [inputs[0]!, widths], {}, output);
  },
  concat: ({ attributes }, { model, inputs, output }) =>
    model.node('Concat', inputs, { axis: { integer: attributes.axis } }, output),
  expand: (node, { model, inputs, output, open }) => {
    const target = open?.shape(model, node) ?? model.integers(lengths(node.shape));
    return model.node('Expand', [inputs[0]!, target], {}, output);
  },
};

/** Names that a graph's inputs and outputs have in its ONNX model, where one name may not serve for both. */
export const inputName = (name: string): string => `input.${name}`;
export const outputName = (name: string): string => `output.${name}`;

/** Along an axis that is not the last, elementary operators take two thirds of the time of `Softmax`, which transposes inside. */
function softmaxAlongEarlierAxis(axis: number, { model, inputs: [scores], output }: Context): string {
  const along = [model.integers([axis])];
  const largest = model.node('ReduceMax', [scores!, ...along]);
  const powers = model.node('Exp', [model.node('Sub', [scores!, largest])]);
  return model.node('Div', [powers, model.node('ReduceSum', [powers, ...along])], {}, output);
}

/** log Σ e^x along the last axis. */
function logSumExp(node: NodeOf<'log_sum_exp'>, { model, graph, inputs: [x], output, dialect }: Context): string {
  const sizes = lengths(graph.nodes[node.inputs[0]!]!.shape);
  const most = dialect.mostRows ?? Number.POSITIVE_INFINITY;
  if (sizeOf(lengths(node.shape)) > most) return manyLogSums(model, x!, sizes, most, output);
  return logSumOfRows(model, x!, sizes.length - 1, output);
}

/** One LayerNormalization serves every node that needs its value or its inverse deviation. */
function normalization(node: NodeOf<'layer_norm' | 'inverse_deviation'>, context: Context): Normalization {
  const { model, graph, inputs, normalizations, dialect, output } = context;
  const { epsilon } = node.attributes;
  const key = `${inputs[0]} ${epsilon}`;
  const known = normalizations.get(key);
  if (known) return known;
  const shape = lengths(graph.nodes[node.inputs[0]!]!.shape);
  const most = dialect.mostRows ?? Number.POSITIVE_INFINITY;
  if (sizeOf(shape) / shape.at(-1)! > most) {
    const many = manyNormalizations(model, inputs[0]!, shape, { epsilon, most });
    normalizations.set(key, many);
    return many;
  }
  const width = shape.at(-1)!;
  const unitGain = model.floats([width], new Float32Array(width).fill(1));
  const prefix = `${output.replace(/[^/]*$/, '')}normalization_${normalizations.size}`;
  const outputs = [`${prefix}.normalized`, `${prefix}.mean`, `${prefix}.inverse_deviation`] as const;
  const attributes = { axis: { integer: shape.length - 1 }, epsilon: { float: epsilon } };
  model.node('LayerNormalization', [inputs[0]!, unitGain], attributes, outputs);
  const result = { normalized: outputs[0], inverseDeviation: outputs[2] };
  normalizations.set(key, result);
  return result;
}
