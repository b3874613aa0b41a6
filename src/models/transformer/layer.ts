import type { SymbolicTensor } from '../../graph/symbolic.ts';
import type { HeadInterventions, Masks, Strengths } from '../contract.ts';
import { selfAttention } from './attention.ts';
import { type LayerMasks, type LayerSettings, type Mixing, one } from './mixing.ts';
import { type Lookup, type Norm, under } from './parameters.ts';
import { stateSpace } from './state_space.ts';

interface Perceptron {
  /** After the activation, without the mask, [batch * query, neuron]. */
  readonly neurons: SymbolicTensor;
  /** [batch * query, model]. */
  readonly output: SymbolicTensor;
}

/** (mask · activation(x W_in + b_in)) W_out + b_out, x [batch * query, model]. */
function perceptron(
  x: SymbolicTensor,
  weights: Lookup,
  mask: SymbolicTensor,
  { activation }: LayerSettings,
): Perceptron {
  const neurons = x.matmul(weights('W_in')).add(weights('b_in'))[activation]();
  const W_out = weights('W_out').mul(mask.reshape([mask.shape[0]!, one]));
  return { neurons, output: neurons.matmul(W_out).add(weights('b_out')) };
}

/** Added to what norms take the square root of. */
const epsilon = 1e-5;

/**
 * Over the last axis, (x − mean) / √(variance + ε) · gain + bias with the biased variance (Ba et al. 2016, layer norm), or
 * x / √(mean of squares + ε) · gain (Zhang and Sennrich 2019, RMS norm); ε = 1e-5.
 */
export function normalised(x: SymbolicTensor, weights: Lookup, norm: Norm = 'layer'): SymbolicTensor {
  if (norm === 'layer') return x.layerNorm(epsilon).mul(weights('gain')).add(weights('bias'));
  return x.div(x.square().mean(-1, { keep: true }).add(epsilon).sqrt()).mul(weights('gain'));
}

/** All that one layer computes. */
export interface LayerRecord {
  readonly mixing: Mixing;
  /** Absent where layers are attention alone. */
  readonly perceptron?: Perceptron;
  readonly masks: LayerMasks;
  /** [batch * query, model]. */
  readonly output: SymbolicTensor;
}

/** Masks, and what layers compute in other snapshots on the same prompts, with shares of it [L, H]. */
export interface StackMasks extends Masks {
  readonly grafts?: readonly (Strengths & { readonly records: readonly LayerRecord[] })[];
}

/** The parameters of one part of a layer: `attn` or `ssm`, `ln1`, `mlp`, `ln2`. */
type Parts = (part: string) => Lookup;

type Layer = (x: SymbolicTensor, weights: Parts, masks: LayerMasks, settings: LayerSettings) => LayerRecord;

/** x ← ln1(x + attention(x)), x ← ln2(x + mlp(x)), x [batch * token, model]. Vaswani et al. 2017, section 3.1. */
export const postNorm: Layer = (x, weights, masks, settings) => {
  const attention = selfAttention(x, x, weights('attn'), masks, settings);
  const attended = normalised(x.add(attention.output), weights('ln1'));
  const mlp = perceptron(attended, weights('mlp'), masks.neurons!, settings);
  const output = normalised(attended.add(mlp.output), weights('ln2'));
  return { mixing: attention, perceptron: mlp, masks, output };
};

/**
 * x ← x + attention(ln1(x)), or a state space in its place, x ← x + mlp(ln2(x)), x [batch * token, model], for the tokens that are
 * wanted; without neurons the second is left out. Radford et al. 2019 (GPT-2), section 2.3.
 */
export const preNorm: Layer = (x, weights, masks, settings) => {
  const { wanted = (rows) => rows, norm } = settings;
  const asked = normalised(x, weights('ln1'), norm);
  const mixing = settings.stateSpace
    ? stateSpace(asked, weights('ssm'), masks, settings)
    : selfAttention(wanted(asked), asked, weights('attn'), masks, settings);
  const attended = wanted(x).add(mixing.output);
  if (!masks.neurons) return { mixing, masks, output: attended };
  const mlp = perceptron(normalised(attended, weights('ln2'), norm), weights('mlp'), masks.neurons, settings);
  return { mixing, perceptron: mlp, masks, output: attended.add(mlp.output) };
};

/**
 * Layers one after the other, over and over where there are fewer than masks have rows.
 * @param x [batch * token, model]
 * @param masks [L, H] and, where there are neurons, [L, F]; interventions [L, H]
 * @param last settings of the last layer, where they are others
 */
export function layerStack(
  layer: Layer,
  x: SymbolicTensor,
  weights: Readonly<Record<string, SymbolicTensor>>,
  masks: StackMasks,
  settings: LayerSettings,
  last: LayerSettings = settings,
): LayerRecord[] {
  const records: LayerRecord[] = [];
  const count = masks.heads.shape[0]!.size;
  for (let n = 0; n < count; n++) {
    const neurons = masks.neurons && rowOf(masks.neurons, n);
    const interventions = masks.interventions && rowsOf(masks.interventions, n);
    const ofLayer = {
      heads: rowOf(masks.heads, n),
      ...(neurons && { neurons }),
      ...(interventions && { interventions }),
      grafts: (masks.grafts ?? []).map(({ records: given, graft_pattern, graft_output }) => ({
        mixing: given[n]!.mixing,
        graft_pattern: rowOf(graft_pattern, n),
        graft_output: rowOf(graft_output, n),
      })),
    };
    const parts: Parts = (part) => under(weights, `layers.${n % settings.layers}.${part}.`);
    records.push(layer(records.at(-1)?.output ?? x, parts, ofLayer, n === count - 1 ? last : settings));
  }
  return records;
}

const rowsOf = (interventions: HeadInterventions, n: number): HeadInterventions =>
  Object.fromEntries(
    Object.entries(interventions).map(([kind, amounts]) => [kind, rowOf(amounts, n)]),
  ) as unknown as HeadInterventions;

const rowOf = (matrix: SymbolicTensor, n: number): SymbolicTensor =>
  matrix.slice(0, n, n + 1).reshape([matrix.shape[1]!]);
