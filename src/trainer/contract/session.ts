import type { StreamState } from '../../core/random.ts';
import type { HostTensor } from '../../core/tensor.ts';
import type { MetricCatalogue } from '../../metrics/catalogue.ts';
import type { Samples } from '../../metrics/estimate.ts';
import type { Model } from '../../models/contract.ts';
import type { RunConfig } from '../../protocol/config.ts';
import type { Estimate } from '../../protocol/events.ts';
import type { MaskScope } from '../../protocol/mask_edits.ts';
import type { MaskValues } from '../../protocol/mask_values.ts';
import type { Task } from '../../tasks/contract.ts';

/** A task and a model that learns it, ready to be recorded as graphs. */
export interface Experiment {
  readonly config: RunConfig;
  readonly task: Task;
  readonly model: Model;
  /** What is known of the names that it measures. */
  readonly metrics: MetricCatalogue;
}

/** Values of the graph's inputs that a person may change between runs of the graph. */
export interface Controls {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly clipNorm: number;
  readonly totalSteps: number;
}

export const controlsOf = ({ train }: RunConfig): Controls => ({
  learningRate: train.learning_rate,
  weightDecay: train.weight_decay,
  clipNorm: train.clip_norm,
  totalSteps: Math.max(1, train.steps),
});

/** Everything needed to continue a run with the same bytes. */
export interface Captured {
  readonly step: number;
  readonly rng: Readonly<Record<string, StreamState>>;
  readonly params: Readonly<Record<string, HostTensor>>;
  /** `m/W_Q` (slot/parameter) → numbers; a scalar slot stands under its own name, shape []. */
  readonly optimizer: Readonly<Record<string, HostTensor>>;
}

/** The metric by which the parts of a model are judged. */
export interface HeldOutError extends Estimate {
  readonly metric: string;
  /** Prompt by prompt, where it is a mean over prompts; always the same prompts. */
  readonly samples?: Samples;
}

/** Updates that are tried. */
export interface Ahead {
  readonly updates: number;
  /** What training sees of masks in them. */
  readonly seen: MaskValues;
  readonly controls: Controls;
}

/** Parameters, optimizer and random state on an engine, moved forward by updates. Knows nothing of files or screens. */
export interface Session {
  readonly step: number;
  /** Does `count` updates; returns every reported scalar for each of them. */
  advance(count: number, controls: Controls): Promise<Readonly<Record<string, Float32Array | Float64Array>>>;
  /** Goes back to the state after `step` updates, which must be one of the last two calls of `advance` ago at most. */
  rewind(step: number, controls: Controls): Promise<void>;
  /**
   * Prunes parts from the next update on: in evaluations and pictures, and under `clamp` also in training, where what
   * pruned parts alone use stays as it is.
   */
  prune(masks: MaskValues, scope: MaskScope): Promise<void>;
  /**
   * Goes on with settings that are part of the graphs; returns the task's closed forms under them.
   * @throws UserError when they do not fit or need a new run; then nothing changes
   */
  reconfigure(config: RunConfig): Promise<Readonly<Record<string, number>>>;
  evaluate(): Promise<Readonly<Record<string, Estimate>>>;
  /** The same of the whole model, while a probe prunes what training goes on with; undefined else. */
  evaluateIntact(): Promise<Readonly<Record<string, Estimate>> | undefined>;
  /**
   * The error on held-out prompts under a mask of one's choice.
   * @param asked the metric wanted; where it is not measured, or empty, the usual one
   */
  heldOutError(masks: MaskValues, asked: string): Promise<HeldOutError>;
  /** The same error after some updates from here that are then forgotten. */
  errorAhead(masks: MaskValues, asked: string, ahead: Ahead): Promise<HeldOutError>;
  /** The activations of the model on the probe prompts, and what they are held against. */
  probe(): Promise<Readonly<Record<string, HostTensor>>>;
  capture(): Promise<Captured>;
}
