import type { z } from 'zod';
import type { RandomStream } from '../core/random.ts';
import type { HostTensor } from '../core/tensor.ts';
import type { Yielding } from '../core/yielding.ts';
import type { ParameterSpec } from '../graph/parameters.ts';
import type { Recorder, SymbolicTensor } from '../graph/symbolic.ts';
import type { Address } from '../protocol/address.ts';
import type { ModelFacts } from '../protocol/events.ts';
import type { activationKinds, ComputedKind } from '../protocol/interventions.ts';
import type { PartCounts } from '../protocol/mask_values.ts';
import type { Measures } from '../protocol/measures.ts';
import type { Forward, Task } from '../tasks/contract.ts';

/** A kind of model, as the registry lists it, with what its theory computes. */
export interface ModelDefinition<P = unknown> extends Partial<Measures> {
  readonly name: string;
  readonly title: string;
  /** Keys of the configuration's `model` section; strict, every value described, with defaults. */
  readonly schema: z.ZodType<P>;
  /** Further activations that pictures are drawn from: small enough to be sent and kept whole. */
  readonly pictured?: readonly string[];
  /** @throws UserError when the model cannot learn this task or the sizes do not fit. */
  create(parameters: P, task: Task): Model;
}

export interface Masks {
  /** [L, H], 1 kept, 0 pruned. */
  readonly heads: SymbolicTensor;
  /** [L, F]; absent for models without neurons. */
  readonly neurons?: SymbolicTensor;
  /** Absent where nothing else is done to heads. */
  readonly interventions?: HeadInterventions;
  /** Snapshots whose activations heads are given. */
  readonly donors?: readonly Donor[];
}

/** Another snapshot of the model, which computes on the same prompts, as a constant for gradients. */
export interface Donor extends Strengths {
  readonly parameters: Readonly<Record<string, SymbolicTensor>>;
  /** Every part kept. */
  readonly masks: Masks;
}

/** By what share heads are given what they have in another snapshot, [L, H], or [head] in a layer. */
export type Strengths = Readonly<Record<(typeof activationKinds)[number], SymbolicTensor>>;

/** What is done to heads beside removing them, [L, H] by kind: strengths s, and for `temperature` one over it. */
export type HeadInterventions = Readonly<Record<ComputedKind, SymbolicTensor>>;

/** A model of fixed sizes. Parameters are recorded and stored in the order of `parameters`. */
export interface Model {
  readonly definition: ModelDefinition;
  /** Named as in snapshots, after `params/`. */
  readonly parameters: readonly ParameterSpec[];
  readonly facts: ModelFacts;
  /** Start values. Draws so that adding heads leaves the earlier heads' numbers unchanged. */
  initial(stream: RandomStream): Readonly<Record<string, Float64Array>>;
  /** The parameters that a head or neuron alone uses, each time that its layer is applied: what to freeze while it is pruned, and to leave out for good. */
  holdings(address: Address): readonly Holding[];
  /** The configuration's `model` section, without its name, for the same model with so many parts a layer, each as large. */
  resized(parts: Omit<PartCounts, 'layers'>): object;
  /** Of interventions, those that `facts` names are to be carried out. */
  forward(recorder: Recorder, parameters: Readonly<Record<string, SymbolicTensor>>, masks: Masks): Forward;
  /**
   * What theory says of training from a start with these activations, float64, named as in its metrics; absent for models
   * without such a theory.
   */
  theory?(activations: Readonly<Record<string, HostTensor>>): Yielding<Readonly<Record<string, number>>>;
}

/** Entries from ≤ i < to along one axis of a parameter. */
export interface Holding {
  readonly parameter: string;
  readonly axis: number;
  readonly from: number;
  readonly to: number;
  /** The part acts on the rest through these alone: with zeros here the model computes as without it. */
  readonly output?: true;
  /** What of a head comes of these; `pattern` of what is neither of queries nor of keys alone. */
  readonly role?: 'queries' | 'keys' | 'values' | 'pattern';
}
