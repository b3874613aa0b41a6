import type { z } from 'zod';
import type { RandomStream } from '../core/random.ts';
import type { HostTensor } from '../core/tensor.ts';
import type { SymbolicTensor } from '../graph/symbolic.ts';
import type { Shape } from '../graph/types.ts';
import type { Estimate } from '../protocol/events.ts';
import type { Measures } from '../protocol/measures.ts';

/** A kind of task, as the registry lists it, with all that it measures. */
export interface TaskDefinition<P = unknown> extends Partial<Measures> {
  readonly name: string;
  readonly title: string;
  /** Keys of the configuration's `task` section; strict, every value described, with defaults. */
  readonly schema: z.ZodType<P>;
  /** What the paper leaves open, by key path of the whole configuration, and what is taken instead. */
  readonly openChoices?: Readonly<Record<string, string>>;
  /** The part of the held-out evaluation that a metric is measured in, where it can be measured apart from the others. */
  partOf?(metric: string): string | undefined;
  /**
   * Draws the fixed parts of the task from the stream `task` and the held-out prompts from `evaluate`,
   * each further set of them from a stream of its own, so that more prompts leave the first ones of every set as they are.
   * @throws UserError when the settings cannot go together.
   */
  create(parameters: P, context: TaskContext): Task;
}

export interface TaskContext {
  /**
   * A fresh stream, always at its start, for each name; `evaluate/<set>` for another set of held-out prompts, `task/<n>` for what the
   * task becomes while it is trained on.
   */
  stream(name: 'task' | 'evaluate' | 'probe' | 'train' | `evaluate/${string}` | `task/${string}`): RandomStream;
  readonly evaluationPrompts: number;
  /** The only part of the evaluation that is wanted, with the same numbers as beside the others; all of it unless said. */
  readonly evaluationPart?: string | undefined;
  readonly probePrompts: number;
  readonly loss: string;
  /** Fixed parts to take as given instead of drawing them (from a snapshot). */
  readonly fixed?: Readonly<Record<string, HostTensor>>;
}

/** What a task asks of a model while a graph is recorded. */
export interface Forward {
  /** Predictions for prompts given as symbolic tensors; names and shapes are the task's. */
  predict(prompts: Readonly<Record<string, SymbolicTensor>>): SymbolicTensor;
  /** For models that are linear in the labels: Â [N, K] with prediction = y·Â. */
  readonly mixing?: SymbolicTensor;
  /**
   * The activations of the model on P prompts given as to `predict`, for measurements, screens and snapshots: `attention`
   * [P, L, H, Tq, Tk] always, with P = 1 when it does not depend on the prompt, `head_magnitude` [L, H] and, for models
   * with neurons, `neuron_magnitude` [L, F], both of the weights as they are, whatever the masks. A model documents the
   * others.
   */
  activations(prompts: Readonly<Record<string, SymbolicTensor>>): Readonly<Record<string, SymbolicTensor>>;
}

/**
 * How a task shows its prompts to models that read sequences. `Forward.predict` then takes `tokens` [B, T, width] with
 * T ≤ length and, where prompts of a batch differ in length, `present` [B, T], 1 for a token and 0 for a place left empty.
 * It gives one prediction for every position read out, [B, R], or `outputs` numbers, [B, R, outputs].
 */
export interface Sequence {
  /** Numbers in a token. */
  readonly width: number;
  /** Most tokens of a prompt. */
  readonly length: number;
  /** Which end of a shorter prompt keeps its positions: with `end`, the last token always has the last position. */
  readonly align: 'start' | 'end';
  /** The positions, ascending, at which a prompt of T tokens is read out. */
  readout(tokens: number): readonly number[];
  /** Numbers predicted at a position, such as a logit for every symbol; one unless said. */
  readonly outputs?: number;
  /** Tokens are one-hot symbols, and the outputs a logit for each of the same symbols in the same order. */
  readonly sameSymbols?: true;
  /**
   * What a query is to attend to for the solution that the task has in mind, [B, Tq, Tk] for prompts as `predict` takes them: 1 for keys
   * that match, 0 for others; a similarity of at most 1 where matching comes in degrees, its largest then counts. A query of
   * zeros has no match. Later keys are left out by whoever uses it.
   */
  match?(prompts: Readonly<Record<string, SymbolicTensor>>): SymbolicTensor;
}

/** One drawn task: data, losses and measurements, without any model. */
export interface Task {
  readonly definition: TaskDefinition;
  /** For tasks whose prompts are sequences of tokens. */
  readonly sequence?: Sequence;
  /** Numbers a model needs to fit the prompts, by the names of the task's parameters. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Fixed parts, saved as `task/<name>` in snapshots. */
  readonly fixed: Readonly<Record<string, HostTensor>>;
  /** Closed-form values, named as in its metrics. */
  readonly theory: Readonly<Record<string, number>>;
  readonly training: Training;
  readonly evaluation: Evaluation;
  readonly probe: Probe;
  readonly picture?: Picture;
}

/** The prompts whose activations are drawn, from the stream `probe`. */
export interface Probe {
  /** As `Forward.predict` takes them. */
  readonly inputs: Readonly<Record<string, HostTensor>>;
  /** What a picture of the activations is held against, e.g. labels `target` [P, K]. */
  readonly references: Readonly<Record<string, HostTensor>>;
}

/** What a task adds to a picture of activations: tensors computed from some that are not themselves pictured. */
export interface Picture {
  /** Names of the activations it is drawn from; a model may lack some. */
  readonly activations: readonly string[];
  draw(activations: Readonly<Record<string, HostTensor>>): Readonly<Record<string, HostTensor>>;
}

/** The objective of one update. */
export interface Training {
  /** Inputs one update needs for `batch` prompts; empty when gradients are exact. */
  inputs(batch: number): Readonly<Record<string, Shape>>;
  /**
   * Numbers for those inputs, for update number `step` (0-based), from `stream` or as a function of seed, batch and step.
   * @param room zeros by name that large inputs may be written to and given back, which spares a copy
   */
  draw(
    stream: RandomStream,
    batch: number,
    step: number,
    room?: Readonly<Record<string, Float32Array>>,
  ): Readonly<Record<string, Float32Array>>;
  /** Records the loss to minimise and further scalars to report at every step (`train_loss` always among them). */
  loss(
    forward: Forward,
    inputs: Readonly<Record<string, SymbolicTensor>>,
  ): { readonly loss: SymbolicTensor; readonly scalars: Readonly<Record<string, SymbolicTensor>> };
}

/** Held-out measurement; the prompts are fixed for the whole run. */
export interface Evaluation {
  readonly inputs: Readonly<Record<string, HostTensor>>;
  outputs(forward: Forward, inputs: Readonly<Record<string, SymbolicTensor>>): Readonly<Record<string, SymbolicTensor>>;
  /** Metrics from the numbers of `outputs`. Exact values have stderr null and n 0. */
  measure(outputs: Readonly<Record<string, HostTensor>>): Readonly<Record<string, Estimate>>;
  /** What predictions are compared with, prompt by prompt; names go with those of `inputs` and `outputs`. */
  readonly references: Readonly<Record<string, HostTensor>>;
  /**
   * Metrics of predictors that need no training, on the same prompts or the first `most` of them, as
   * `baseline/<predictor>/<metric>`: those that became known in each part of the work, which takes some milliseconds.
   */
  baselines(most?: number): Iterable<Readonly<Record<string, Estimate>>>;
}
