import { mean } from '../../core/stats.ts';
import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import type { SymbolicTensor } from '../../graph/symbolic.ts';
import { estimate, exactly } from '../../metrics/estimate.ts';
import type { Estimate } from '../../protocol/events.ts';
import { neuronParts } from './neurons.ts';

type Activations = Readonly<Record<string, SymbolicTensor>>;

/** What the prompts are made of, beside the tokens. */
interface Composition {
  /** 1 where a context has the pattern of the query [prompt, context]. */
  readonly matching: SymbolicTensor;
  /** Direction of the relevant pattern of every token, of length 1, the query last [prompt, token, d_X]. */
  readonly patterns: SymbolicTensor;
}

/**
 * Numbers of one value a prompt from the activations of a model: `matching_mass` [prompt, layer, head], the attention of the
 * query on contexts with its own pattern; and, of models that have them, norms of W_Q p_query and of W_K p (mean over
 * contexts) and their projections |uᵀ W p| on the token's relevant pattern u, and the rows of W_O W_V or, of every layer, what
 * stands for them. Li et al. 2024, proposition 1.
 */
export function recordActivations(
  activations: Activations,
  { matching, patterns }: Composition,
): Record<string, SymbolicTensor> {
  const { attention, query, key, neuron_embedding, neuron_magnitude, readout, token_embedding, token_readout } =
    activations;
  const [prompt, layer, head, , keys] = attention!.shape;
  const context = matching.shape[1]!;
  const [, tokens, feature] = patterns.shape;
  const ofQuery = lastOf(attention!, 3).slice(4, 0, Math.min(keys!.size, context.size));
  const weights = matching.reshape([prompt!, { ...layer!, size: 1 }, { ...head!, size: 1 }, context]);
  const mass = ofQuery.reshape([prompt!, layer!, head!, context]).mul(weights).sum(3);
  const isAligned = query !== undefined && query.shape.at(-1)!.size >= feature!.size;
  const asked = lastOf(patterns, 1).reshape([prompt!, feature!]);
  return {
    matching_mass: mass,
    ...(query && { query_norm: norm(query) }),
    ...(key && { key_norm: norm(key).mean(1) }),
    ...(isAligned && { query_projection: projection(query, asked) }),
    ...(isAligned && key && { key_projection: projection(key, patterns.slice(1, 0, tokens!.size - 1)).mean(1) }),
    ...(neuron_embedding && readout && { neuron_embedding, neuron_magnitude: neuron_magnitude!, readout }),
    ...(token_embedding && token_readout && { token_embedding, token_readout }),
  };
}

const lastOf = (tensor: SymbolicTensor, axis: number): SymbolicTensor =>
  tensor.slice(axis, tensor.shape[axis]!.size - 1, tensor.shape[axis]!.size);

const norm = (vectors: SymbolicTensor): SymbolicTensor => vectors.square().sum(-1).sqrt();

/** |uᵀv| over the first entries of v, as many as u has. */
function projection(vectors: SymbolicTensor, units: SymbolicTensor): SymbolicTensor {
  const along = vectors.slice(-1, 0, units.shape.at(-1)!.size).mul(units).sum(-1);
  return along.square().sqrt();
}

/** A neuron counts as small below this norm of its row of W_O. */
const smallNeuron = 0.25;

/** Metrics from the numbers of `recordActivations`; `tasks` is the task of every prompt. */
export function measureActivations(
  outputs: Readonly<Record<string, HostTensor>>,
  tasks: ArrayLike<number>,
  relevant: HostTensor,
  labelEmbedding: ArrayLike<number>,
): Record<string, Estimate> {
  const { neuron_embedding: rows, neuron_magnitude: sizes, readout } = outputs;
  const vectors = ['query_norm', 'key_norm', 'query_projection', 'key_projection'].filter((name) => outputs[name]);
  return {
    ...matchingMass(outputs['matching_mass']!, tasks),
    ...Object.fromEntries(vectors.map((name) => [name, estimate(outputs[name]!.data, tasks)])),
    ...(rows && sizes && readout && neurons(rows, sizes.data, readout.data, relevant, labelEmbedding)),
    ...labelsByLayer(outputs, relevant, labelEmbedding),
  };
}

/** The mass of every head, and the mean over heads and layers. */
function matchingMass({ shape, data }: HostTensor, tasks: ArrayLike<number>): Record<string, Estimate> {
  const [prompts, layers, heads] = shape as [number, number, number];
  const parts = layers * heads;
  const column = (part: number) => Float64Array.from({ length: prompts }, (_, p) => data[p * parts + part]!);
  const means = Float64Array.from({ length: prompts }, (_, p) => mean(data.subarray(p * parts, (p + 1) * parts)));
  const each = Array.from({ length: parts }, (_, part) => {
    const address = `L${Math.floor(part / heads)}H${part % heads}`;
    return [`attention_on_matching/${address}`, estimate(column(part), tasks)];
  });
  return { attention_on_matching: estimate(means, tasks), ...Object.fromEntries(each) };
}

/**
 * The label part of the neurons of every layer of a decoder (see `tokenEmbeddings`), each the mean over the half with the
 * larger ones: its norm, |cos| of its angle to q, and the angle itself by the sign of the read-out.
 */
function labelsByLayer(
  { token_embedding: rows, token_readout: readout }: Readonly<Record<string, HostTensor>>,
  relevant: HostTensor,
  labelEmbedding: ArrayLike<number>,
): Record<string, Estimate> {
  if (!rows || !readout) return {};
  const [layers, neurons, width] = rows.shape as [number, number, number];
  const size = neurons * width;
  const layer = (n: number): [string, Estimate][] => {
    const own = hostTensor([neurons, width], rows.data.subarray(n * size, (n + 1) * size));
    const { labelNorm, labelAngle } = neuronParts(own, relevant, labelEmbedding);
    const order = Array.from(labelNorm, (_, i) => i).sort((a, b) => labelNorm[b]! - labelNorm[a]!);
    const large = order.slice(0, Math.ceil(neurons / 2));
    const signed = (isPositive: boolean) => large.filter((i) => readout.data[n * neurons + i]! > 0 === isPositive);
    const of = (chosen: readonly number[], value: (i: number) => number) => exactly(mean(chosen.map(value)));
    const angle = (name: string, chosen: readonly number[]): [string, Estimate][] =>
      chosen.length > 0 ? [[name, of(chosen, (i) => labelAngle[i]!)]] : [];
    return [
      [`label_norm/L${n}`, of(large, (i) => labelNorm[i]!)],
      [`label_alignment/L${n}`, of(large, (i) => Math.abs(Math.cos(labelAngle[i]!)))],
      ...angle(`label_angle_positive/L${n}`, signed(true)),
      ...angle(`label_angle_negative/L${n}`, signed(false)),
    ];
  };
  return Object.fromEntries(Array.from({ length: layers }, (_, n) => layer(n)).flat());
}

/**
 * Means over the neurons with the largest rows of W_O, half of those with each sign of a; the others may be dead and point
 * anywhere.
 */
function neurons(
  rows: HostTensor,
  sizes: ArrayLike<number>,
  readout: ArrayLike<number>,
  relevant: HostTensor,
  labelEmbedding: ArrayLike<number>,
): Record<string, Estimate> {
  const parts = neuronParts(rows, relevant, labelEmbedding);
  const order = Array.from(sizes, (_, n) => n).sort((a, b) => sizes[b]! - sizes[a]!);
  const largerHalf = (chosen: readonly number[]) => chosen.slice(0, Math.ceil(chosen.length / 2));
  const positive = largerHalf(order.filter((n) => readout[n]! > 0));
  const negative = largerHalf(order.filter((n) => !(readout[n]! > 0)));
  const meanOf = (values: Float64Array, chosen: readonly number[]) => exactly(mean(chosen.map((n) => values[n]!)));
  const large = [...positive, ...negative];
  return {
    small_neurons: exactly(order.filter((n) => sizes[n]! < smallNeuron).length),
    neuron_norm: meanOf(Float64Array.from(sizes), large),
    feature_norm: meanOf(parts.featureNorm, large),
    feature_angle: meanOf(parts.featureAngle, large),
    label_norm: meanOf(parts.labelNorm, large),
    ...(positive.length > 0 && { label_angle_positive: meanOf(parts.labelAngle, positive) }),
    ...(negative.length > 0 && { label_angle_negative: meanOf(parts.labelAngle, negative) }),
  };
}
