import type { SymbolicTensor } from '../../graph/symbolic.ts';
import type { Axis } from '../../graph/types.ts';
import type { HeadInterventions } from '../contract.ts';
import { type GivenPatterns, mixed } from '../interventions/given.ts';
import {
  givingOut,
  type LayerGraft,
  type LayerMasks,
  type LayerSettings,
  type Mixing,
  maskedOutput,
  ofHeads,
} from './mixing.ts';
import type { Lookup } from './parameters.ts';
import { type Places, rotated } from './rotary.ts';

/**
 * Multi-head self-attention, concat_h(mask_h z_h) W_O + b_O with z_h = softmax(q_h k_hᵀ / √(key width)) v_h; head h uses
 * columns h · key width … of W_Q, W_K and W_V and those rows of W_O. Vaswani et al. 2017, section 3.2.
 *
 * @param asking the tokens whose outputs are wanted, [batch * query, model]
 * @param asked all tokens, [batch * token, model]
 */
export function selfAttention(
  asking: SymbolicTensor,
  asked: SymbolicTensor,
  weights: Lookup,
  masks: LayerMasks,
  { batch, token, heads, attendable, rotary, given }: LayerSettings,
): Mixing {
  const { heads: mask, interventions } = masks;
  const [rows] = asking.shape;
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
  const W_O = maskedOutput(weights('W_O'), mask);

  const turn = (x: SymbolicTensor, of: keyof Places) => (rotary ? rotated(x, rotary[of]) : x);
  const queries = turn(project(asking, query, 'Q', 1 / Math.sqrt(key.size)), 'queries');
  const own = queries.matmul(turn(project(asked, token, 'K'), 'keys').transposed());
  const apart = [batch, head, query, token];
  const products = interventions ? cooled(own.reshape(apart), interventions).reshape(own.shape) : own;
  const scores = attendable ? products.add(attendable) : products;
  const attention = scores.softmax();
  const pattern = interventions
    ? attending(attention.reshape(apart), interventions, given, masks.grafts).reshape(own.shape)
    : attention;
  const z = pattern.matmul(project(asked, token, 'V')).reshape([batch, head, query, key]);
  const headOutput = givingOut(z, masks);
  const output = headOutput.transpose([0, 2, 1, 3]).reshape([rows!, joined]).matmul(W_O).add(weights('b_O'));
  return { scores: scores.reshape(apart), pattern: pattern.reshape(apart), headOutput, output };
}

/** Scores [batch, head, query, key] over the temperature of their head. */
const cooled = (scores: SymbolicTensor, { temperature }: HeadInterventions): SymbolicTensor =>
  scores.mul(ofHeads(temperature));

/** Patterns [batch, head, query, key] with a share of those that their heads are given. */
const attending = (
  pattern: SymbolicTensor,
  { uniform, previous, match }: HeadInterventions,
  given: GivenPatterns | undefined,
  grafts: readonly LayerGraft[] = [],
): SymbolicTensor =>
  mixed(pattern, [
    [ofHeads(uniform), given?.uniform],
    [ofHeads(previous), given?.previous],
    [ofHeads(match), given?.match],
    ...grafts.map(({ graft_pattern, mixing }) => [ofHeads(graft_pattern), mixing.pattern] as const),
  ]);
