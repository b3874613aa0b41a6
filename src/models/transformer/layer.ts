import { concat, type SymbolicTensor } from '../../graph/symbolic.ts';
import type { Axis } from '../../graph/types.ts';
import type { Masks } from '../contract.ts';
import { type Lookup, under } from './parameters.ts';

const one = { name: 'one', size: 1 };

/** How the rows of activations are arranged, and what every layer of a transformer shares. */
export interface LayerSettings {
  readonly batch: Axis;
  readonly token: Axis;
  readonly heads: number;
  readonly activation: 'relu' | 'gelu';
  /** Added to the scores [query, key]: 0 where a query may attend, very negative where not. Absent when all may. */
  readonly attendable?: SymbolicTensor;
}

/** 1 kept, 0 pruned. */
interface LayerMasks {
  /** [head]. */
  readonly heads: SymbolicTensor;
  /** [neuron]. */
  readonly neurons: SymbolicTensor;
}

interface Attention {
  /** Before the softmax, [batch, head, query, key]. */
  readonly scores: SymbolicTensor;
  /** Softmax over keys, [batch, head, query, key]. */
  readonly pattern: SymbolicTensor;
  /** z, the output of every head before W_O and without the mask, [batch, head, token, key width]. */
  readonly headOutput: SymbolicTensor;
  /** [batch * token, model]. */
  readonly output: SymbolicTensor;
}

/**
 * Multi-head self-attention, concat_h(mask_h z_h) W_O + b_O with z_h = softmax(q_h k_hᵀ / √(key width)) v_h; head h uses
 * columns h · key width … of W_Q, W_K and W_V and those rows of W_O. Vaswani et al. 2017, section 3.2.
 *
 * @param x [batch * token, model]
 */
function selfAttention(
  x: SymbolicTensor,
  weights: Lookup,
  mask: SymbolicTensor,
  { batch, token, heads, attendable }: LayerSettings,
): Attention {
  const [, model] = x.shape;
  const head = { name: 'head', size: heads };
  const key = { name: 'key', size: weights('b_Q').shape[0]!.size / heads };
  const joined = { name: 'head*key', size: heads * key.size };
  // One axis of prompts and heads keeps this transposition apart from that of kᵀ, which the product then does for nothing.
  const pair = { name: 'prompt*head', size: batch.size * heads };
  const split = (rows: SymbolicTensor) =>
    rows.reshape([batch, token, head, key]).transpose([0, 2, 1, 3]).reshape([pair, token, key]);
  // Scales and masks go into weights, which have fewer numbers than activations.
  const project = (name: string, scale = 1) =>
    split(x.matmul(weights(`W_${name}`).mul(scale)).add(weights(`b_${name}`).mul(scale)));
  const W_O = weights('W_O')
    .reshape([head, key, model!])
    .mul(mask.reshape([head, one, one]))
    .reshape([joined, model!]);

  const products = project('Q', 1 / Math.sqrt(key.size)).matmul(project('K').transposed());
  const scores = attendable ? products.add(attendable) : products;
  const pattern = scores.softmax();
  const headOutput = pattern.matmul(project('V')).reshape([batch, head, token, key]);
  const output = headOutput.transpose([0, 2, 1, 3]).reshape([x.shape[0]!, joined]).matmul(W_O).add(weights('b_O'));
  const apart = [batch, head, token, token];
  return { scores: scores.reshape(apart), pattern: pattern.reshape(apart), headOutput, output };
}

interface Perceptron {
  /** After the activation, without the mask, [batch * token, neuron]. */
  readonly neurons: SymbolicTensor;
  /** [batch * token, model]. */
  readonly output: SymbolicTensor;
}

/** (mask · activation(x W_in + b_in)) W_out + b_out, x [batch * token, model]. */
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

/** Layer norm with gain and bias over the last axis, ε = 1e-5, biased variance. Ba et al. 2016. */
const normalised = (x: SymbolicTensor, weights: Lookup): SymbolicTensor =>
  x.layerNorm().mul(weights('gain')).add(weights('bias'));

/** All that one layer computes. */
export interface LayerRecord {
  readonly attention: Attention;
  readonly perceptron: Perceptron;
  readonly masks: LayerMasks;
  /** [batch * token, model]. */
  readonly output: SymbolicTensor;
}

/** x ← ln1(x + attention(x)), x ← ln2(x + mlp(x)), x [batch * token, model]. Vaswani et al. 2017, section 3.1. */
function postNormLayer(
  x: SymbolicTensor,
  weights: Readonly<Record<string, SymbolicTensor>>,
  prefix: string,
  masks: LayerMasks,
  settings: LayerSettings,
): LayerRecord {
  const attention = selfAttention(x, under(weights, `${prefix}attn.`), masks.heads, settings);
  const attended = normalised(x.add(attention.output), under(weights, `${prefix}ln1.`));
  const mlp = perceptron(attended, under(weights, `${prefix}mlp.`), masks.neurons, settings);
  const output = normalised(attended.add(mlp.output), under(weights, `${prefix}ln2.`));
  return { attention, perceptron: mlp, masks, output };
}

/**
 * The layers of an encoder, one after the other.
 * @param x [batch * token, model]
 * @param masks [L, H] and [L, F]
 */
export function postNormLayers(
  x: SymbolicTensor,
  weights: Readonly<Record<string, SymbolicTensor>>,
  masks: Masks,
  settings: LayerSettings,
): LayerRecord[] {
  const records: LayerRecord[] = [];
  for (let n = 0; n < masks.heads.shape[0]!.size; n++) {
    const ofLayer = { heads: rowOf(masks.heads, n), neurons: rowOf(masks.neurons!, n) };
    records.push(postNormLayer(records.at(-1)?.output ?? x, weights, `layers.${n}.`, ofLayer, settings));
  }
  return records;
}

const rowOf = (matrix: SymbolicTensor, n: number): SymbolicTensor =>
  matrix.slice(0, n, n + 1).reshape([matrix.shape[1]!]);

/**
 * The insides of all layers: `attention` and `scores` [P, L, H, Tq, Tk], `head_output` [P, L, H, T, key width] and `neurons`
 * [P, L, T, F], both as the masks leave them, `layer_output` [P, L, T, D].
 */
export function insidesOf(
  records: readonly LayerRecord[],
  { batch, token }: LayerSettings,
): Record<string, SymbolicTensor> {
  const layer = { name: 'layer', size: 1 };
  const stack = (of: (record: LayerRecord) => SymbolicTensor) =>
    concat(
      records.map((record) => {
        const { shape } = of(record);
        const own = shape.length === 2 ? [token, shape[1]!] : shape.slice(1);
        return of(record).reshape([batch, layer, ...own]);
      }),
      'layer',
    );
  return {
    attention: stack(({ attention }) => attention.pattern),
    scores: stack(({ attention }) => attention.scores),
    head_output: stack(({ attention, masks }) => {
      const [head] = masks.heads.shape;
      return attention.headOutput.mul(masks.heads.reshape([head!, one, one]));
    }),
    neurons: stack(({ perceptron: { neurons }, masks }) => neurons.mul(masks.neurons)),
    layer_output: stack(({ output }) => output),
  };
}

/**
 * How large the parts of every layer are: `head_magnitude` [L, H], ‖W_V W_O‖ of a head's columns of W_V and rows of W_O
 * (Frobenius), and `neuron_magnitude` [L, F], the norm of a neuron's row of W_out.
 */
export function magnitudesOf(
  weights: Readonly<Record<string, SymbolicTensor>>,
  layers: number,
  heads: number,
): Record<string, SymbolicTensor> {
  const perLayer = (of: (lookup: Lookup) => SymbolicTensor) =>
    concat(
      Array.from({ length: layers }, (_, n) => {
        const sizes = of(under(weights, `layers.${n}.`));
        return sizes.reshape([{ name: 'layer', size: 1 }, sizes.shape[0]!]);
      }),
      'layer',
    );
  return {
    head_magnitude: perLayer((lookup) => headMagnitude(lookup('attn.W_V'), lookup('attn.W_O'), heads)),
    neuron_magnitude: perLayer((lookup) => lookup('mlp.W_out').square().sum(1).sqrt()),
  };
}

/** ‖W_V W_O‖² = Σ (W_Vᵀ W_V) ∘ (W_O W_Oᵀ) for every head, from two small products instead of one of the model's width. */
function headMagnitude(W_V: SymbolicTensor, W_O: SymbolicTensor, heads: number): SymbolicTensor {
  const model = W_V.shape[0]!;
  const head = { name: 'head', size: heads };
  const key = { name: 'key', size: W_V.shape[1]!.size / heads };
  const V = W_V.reshape([model, head, key]).transpose([1, 2, 0]);
  const O = W_O.reshape([head, key, model]);
  return V.matmul(V.transposed()).mul(O.matmul(O.transposed())).sum([1, 2]).relu().sqrt();
}
