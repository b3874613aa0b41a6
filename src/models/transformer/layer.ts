import type { SymbolicTensor } from '../../graph/symbolic.ts';
import type { Axis } from '../../graph/types.ts';
import type { HeadInterventions, Masks } from '../contract.ts';
import { type GivenPatterns, givenOutputs, mixed } from '../interventions/given.ts';
import { type Lookup, type Norm, under } from './parameters.ts';
import { type Places, rotated } from './rotary.ts';

const one = { name: 'one', size: 1 };

/** How the rows of activations are arranged, and what every layer of a transformer shares. */
export interface LayerSettings {
  readonly batch: Axis;
  readonly token: Axis;
  /** Those that have parameters of their own. */
  readonly layers: number;
  readonly heads: number;
  readonly activation: 'relu' | 'gelu';
  /** Of pre-norm layers; layer norm unless said. */
  readonly norm?: Norm;
  /** Added to the scores [batch * head, query, key]: 0 where a query may attend, `maskedScore` where not. Absent when all may. */
  readonly attendable?: SymbolicTensor;
  /** What heads can be given in place of their own patterns, where interventions may ask for it. */
  readonly given?: GivenPatterns;
  /** Where queries and keys stand, for a rotary position code; absent without one. */
  readonly rotary?: Places;
  /** Of rows [batch * token, …], those of the tokens whose outputs are wanted, [batch * query, …]. Absent when all are. */
  readonly wanted?: (rows: SymbolicTensor) => SymbolicTensor;
}

/** Added to scores that must not count; its exponential is 0 in either precision. */
export const maskedScore = -1e9;

/** 1 kept, 0 pruned. */
interface LayerMasks {
  /** [head]. */
  readonly heads: SymbolicTensor;
  /** [neuron]; absent where layers are attention alone. */
  readonly neurons?: SymbolicTensor;
  /** [head] by kind. */
  readonly interventions?: HeadInterventions;
}

interface Attention {
  /** Before the softmax, [batch, head, query, key]. */
  readonly scores: SymbolicTensor;
  /** Softmax over keys, [batch, head, query, key]. */
  readonly pattern: SymbolicTensor;
  /** z, the output of every head before W_O and without the mask, [batch, head, query, key width]. */
  readonly headOutput: SymbolicTensor;
  /** [batch * query, model]. */
  readonly output: SymbolicTensor;
}

/**
 * Multi-head self-attention, concat_h(mask_h z_h) W_O + b_O with z_h = softmax(q_h k_hᵀ / √(key width)) v_h; head h uses
 * columns h · key width … of W_Q, W_K and W_V and those rows of W_O. Vaswani et al. 2017, section 3.2.
 *
 * @param asking the tokens whose outputs are wanted, [batch * query, model]
 * @param asked all tokens, [batch * token, model]
 */
function selfAttention(
  asking: SymbolicTensor,
  asked: SymbolicTensor,
  weights: Lookup,
  { heads: mask, interventions }: LayerMasks,
  { batch, token, heads, attendable, rotary, given }: LayerSettings,
): Attention {
  const [rows, model] = asking.shape;
  const query = { name: 'query', size: rows!.size / batch.size };
  const head = { name: 'head', size: heads };
  const key = { name: 'key', size: weights('b_Q').shape[0]!.size / heads };
  const joined = { name: 'head*key', size: heads * key.size };
  // One axis of prompts and heads keeps this transposition apart from that of kᵀ, which the product then does for nothing.
  const pair = { name: 'prompt*head', size: batch.size * heads };
  const split = (x: SymbolicTensor, place: Axis) =>
    x.reshape([batch, place, head, key]).transpose([0, 2, 1, 3]).reshape([pair, place, key]);
  // Scales and masks go into weights, which have fewer numbers than activations.
  const project = (x: SymbolicTensor, place: Axis, name: string, scale = 1) =>
    split(x.matmul(weights(`W_${name}`).mul(scale)).add(weights(`b_${name}`).mul(scale)), place);
  const W_O = weights('W_O')
    .reshape([head, key, model!])
    .mul(mask.reshape([head, one, one]))
    .reshape([joined, model!]);

  const turn = (x: SymbolicTensor, of: keyof Places) => (rotary ? rotated(x, rotary[of]) : x);
  const queries = turn(project(asking, query, 'Q', 1 / Math.sqrt(key.size)), 'queries');
  const own = queries.matmul(turn(project(asked, token, 'K'), 'keys').transposed());
  const apart = [batch, head, query, token];
  const products = interventions ? cooled(own.reshape(apart), interventions).reshape(own.shape) : own;
  const scores = attendable ? products.add(attendable) : products;
  const attention = scores.softmax();
  const pattern = interventions
    ? attending(attention.reshape(apart), interventions, given).reshape(own.shape)
    : attention;
  const z = pattern.matmul(project(asked, token, 'V')).reshape([batch, head, query, key]);
  const headOutput = interventions ? givingOut(z, interventions) : z;
  const output = headOutput.transpose([0, 2, 1, 3]).reshape([rows!, joined]).matmul(W_O).add(weights('b_O'));
  return { scores: scores.reshape(apart), pattern: pattern.reshape(apart), headOutput, output };
}

const ofHeads = (amounts: SymbolicTensor): SymbolicTensor => amounts.reshape([amounts.shape[0]!, one, one]);

/** Scores [batch, head, query, key] over the temperature of their head. */
const cooled = (scores: SymbolicTensor, { temperature }: HeadInterventions): SymbolicTensor =>
  scores.mul(ofHeads(temperature));

/** Patterns [batch, head, query, key] with a share of those that their heads are given. */
const attending = (
  pattern: SymbolicTensor,
  { uniform, previous, match }: HeadInterventions,
  given: GivenPatterns | undefined,
): SymbolicTensor =>
  mixed(pattern, [
    [ofHeads(uniform), given?.uniform],
    [ofHeads(previous), given?.previous],
    [ofHeads(match), given?.match],
  ]);

/** Outputs z [batch, head, query, key width] with a share of those for other prompts. */
function givingOut(z: SymbolicTensor, interventions: HeadInterventions): SymbolicTensor {
  const { mean, resample } = givenOutputs(z);
  return mixed(z, [
    [ofHeads(interventions.mean), mean],
    [ofHeads(interventions.resample), resample],
  ]);
}

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
  readonly attention: Attention;
  /** Absent where layers are attention alone. */
  readonly perceptron?: Perceptron;
  readonly masks: LayerMasks;
  /** [batch * query, model]. */
  readonly output: SymbolicTensor;
}

/** The parameters of one part of a layer: `attn`, `ln1`, `mlp` or `ln2`. */
type Parts = (part: string) => Lookup;

type Layer = (x: SymbolicTensor, weights: Parts, masks: LayerMasks, settings: LayerSettings) => LayerRecord;

/** x ← ln1(x + attention(x)), x ← ln2(x + mlp(x)), x [batch * token, model]. Vaswani et al. 2017, section 3.1. */
export const postNorm: Layer = (x, weights, masks, settings) => {
  const attention = selfAttention(x, x, weights('attn'), masks, settings);
  const attended = normalised(x.add(attention.output), weights('ln1'));
  const mlp = perceptron(attended, weights('mlp'), masks.neurons!, settings);
  const output = normalised(attended.add(mlp.output), weights('ln2'));
  return { attention, perceptron: mlp, masks, output };
};

/**
 * x ← x + attention(ln1(x)), x ← x + mlp(ln2(x)), x [batch * token, model], for the tokens that are wanted; without neurons the
 * second is left out. Radford et al. 2019 (GPT-2), section 2.3.
 */
export const preNorm: Layer = (x, weights, masks, settings) => {
  const { wanted = (rows) => rows, norm } = settings;
  const asked = normalised(x, weights('ln1'), norm);
  const attention = selfAttention(wanted(asked), asked, weights('attn'), masks, settings);
  const attended = wanted(x).add(attention.output);
  if (!masks.neurons) return { attention, masks, output: attended };
  const mlp = perceptron(normalised(attended, weights('ln2'), norm), weights('mlp'), masks.neurons, settings);
  return { attention, perceptron: mlp, masks, output: attended.add(mlp.output) };
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
  masks: Masks,
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
