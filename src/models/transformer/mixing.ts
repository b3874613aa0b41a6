import type { SymbolicTensor } from '../../graph/symbolic.ts';
import type { Axis } from '../../graph/types.ts';
import type { HeadInterventions, Strengths } from '../contract.ts';
import { type GivenPatterns, givenOutputs, mixed } from '../interventions/given.ts';
import type { Norm } from './parameters.ts';
import type { Places } from './rotary.ts';

export const one = { name: 'one', size: 1 };

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
  /** Whether a state space mixes tokens, instead of attention. */
  readonly stateSpace?: boolean;
  /** Tokens that are there [batch, token], 1 or 0; absent where all are. */
  readonly present?: SymbolicTensor;
  /** Where queries and keys stand, for a rotary position code; absent without one. */
  readonly rotary?: Places;
  /** Of rows [batch * token, …], those of the tokens whose outputs are wanted, [batch * query, …]. Absent when all are. */
  readonly wanted?: (rows: SymbolicTensor) => SymbolicTensor;
}

/** Added to scores that must not count; its exponential is 0 in either precision. */
export const maskedScore = -1e9;

/** 1 kept, 0 pruned. */
export interface LayerMasks {
  /** [head]. */
  readonly heads: SymbolicTensor;
  /** [neuron]; absent where layers are attention alone. */
  readonly neurons?: SymbolicTensor;
  /** [head] by kind. */
  readonly interventions?: HeadInterventions;
  readonly grafts?: readonly LayerGraft[];
}

/** What the layer computes in another snapshot on the same prompts, and how much of it heads are given, [head]. */
export interface LayerGraft extends Strengths {
  readonly mixing: Mixing;
}

/** What moves between tokens in a layer. */
export interface Mixing {
  /** Of attention before the softmax, [batch, head, query, key]. */
  readonly scores: SymbolicTensor;
  /** Shares of keys, which sum to 1, [batch, head, query, key]. */
  readonly pattern: SymbolicTensor;
  /** z, the output of every head before W_O and without the mask, [batch, head, query, key width]. */
  readonly headOutput: SymbolicTensor;
  /** [batch * query, model]. */
  readonly output: SymbolicTensor;
}

/** Of every head, to be broadcast over [batch, head, query, …]. */
export const ofHeads = (amounts: SymbolicTensor): SymbolicTensor => amounts.reshape([amounts.shape[0]!, one, one]);

/** Outputs z [batch, head, query, key width] with a share of those for other prompts, or in other snapshots. */
export function givingOut(z: SymbolicTensor, { interventions, grafts = [] }: LayerMasks): SymbolicTensor {
  if (!interventions) return z;
  const { mean, resample } = givenOutputs(z);
  return mixed(z, [
    [ofHeads(interventions.mean), mean],
    [ofHeads(interventions.resample), resample],
    ...grafts.map(({ graft_output, mixing }) => [ofHeads(graft_output), mixing.headOutput] as const),
  ]);
}

/** W_O [head*key, model] with the rows of heads that a mask [head] leaves out zero: weights have fewer numbers than activations. */
export function maskedOutput(W_O: SymbolicTensor, mask: SymbolicTensor): SymbolicTensor {
  const [joined, model] = W_O.shape as [Axis, Axis];
  const head = mask.shape[0]!;
  return W_O.reshape([head, { name: 'key', size: joined.size / head.size }, model])
    .mul(mask.reshape([head, one, one]))
    .reshape([joined, model]);
}
