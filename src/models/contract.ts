import type { z } from 'zod';
import type { RandomStream } from '../core/random.ts';
import type { HostTensor } from '../core/tensor.ts';
import type { ParameterSpec } from '../graph/parameters.ts';
import type { Recorder, SymbolicTensor } from '../graph/symbolic.ts';
import type { ModelFacts } from '../protocol/events.ts';
import type { Forward, Task } from '../tasks/contract.ts';

/** A kind of model, as the registry lists it. */
export interface ModelDefinition<P = unknown> {
  readonly name: string;
  readonly title: string;
  /** Keys of the configuration's `model` section; strict, every value described, with defaults. */
  readonly schema: z.ZodType<P>;
  /** @throws UserError when the model cannot learn this task or the sizes do not fit. */
  create(parameters: P, task: Task): Model;
}

export interface Masks {
  /** [L, H], 1 kept, 0 pruned. */
  readonly heads: SymbolicTensor;
  /** [L, F]; absent for models without neurons. */
  readonly neurons?: SymbolicTensor;
}

/** A model of fixed sizes. Parameters are recorded and stored in the order of `parameters`. */
export interface Model {
  readonly definition: ModelDefinition;
  /** Named as in snapshots, after `params/`. */
  readonly parameters: readonly ParameterSpec[];
  readonly facts: ModelFacts;
  /** Start values. Draws so that adding heads leaves the earlier heads' numbers unchanged. */
  initial(stream: RandomStream): Readonly<Record<string, Float64Array>>;
  forward(recorder: Recorder, parameters: Readonly<Record<string, SymbolicTensor>>, masks: Masks): ModelForward;
  /**
   * What theory says of training from a start with these insides, float64, named as in the metric catalogue; absent for
   * models without such a theory.
   */
  theory?(insides: Readonly<Record<string, HostTensor>>): Readonly<Record<string, number>>;
}

export interface ModelForward extends Forward {
  /**
   * Insides for the screen and snapshots, of P prompts given as to `predict`: `attention` [P, L, H, Tq, Tk] always,
   * with P = 1 when it does not depend on the prompt. A model documents the others.
   */
  insides(prompts: Readonly<Record<string, SymbolicTensor>>): Readonly<Record<string, SymbolicTensor>>;
}
