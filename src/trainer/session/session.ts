import { availableParallelism } from 'node:os';
import { systemClock } from '../../core/clock.ts';
import { freeNumbers } from '../../core/free_numbers.ts';
import { RandomStream } from '../../core/random.ts';
import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import { releaseAll, type Tensors, uploadAll } from '../../engine/bound.ts';
import type { Engine, Value } from '../../engine/contract.ts';
import { lengths } from '../../graph/types.ts';
import { samplesOf } from '../../metrics/estimate.ts';
import { worthMetric } from '../../metrics/headline.ts';
import type { RunConfig } from '../../protocol/config.ts';
import type { EngineRecord, Estimate } from '../../protocol/events.ts';
import type { MaskScope } from '../../protocol/mask_edits.ts';
import { isOpen, type MaskValues } from '../../protocol/mask_values.ts';
import type { Ahead, Captured, Controls, Experiment, HeldOutError, Session } from '../contract/session.ts';
import { BatchSource } from './batch_source.ts';
import { CompiledPrograms } from './compiled.ts';
import { reconfigured } from './experiment.ts';
import { trainedEntries } from './freezing.ts';
import { headMetrics } from './head_scores.ts';
import { intervenedBy, maskInputs } from './mask_inputs.ts';
import { pictureOf, scoresOfHeads } from './programs.ts';
import { type Clamp, captured, type State, scalar, startState } from './state.ts';
import { weightReadings } from './weight_readings.ts';

/** Between two copies of what a device holds, in milliseconds. */
const copyInterval = 30_000;

/** A training session on one engine. */
export class EngineSession implements Session {
  readonly #engine: Engine;
  readonly #threads: number;
  #programs: CompiledPrograms;
  #batches: BatchSource;
  /** The masks of evaluations and pictures, where they are not open. */
  #masks: MaskValues | undefined;
  #state: State;
  /** States before the last two calls of `advance`, oldest first. */
  #earlier: State[] = [];
  #copy: Captured | undefined;
  #copiedAt = Number.NEGATIVE_INFINITY;

  private constructor(engine: Engine, threads: number, programs: CompiledPrograms, state: State) {
    this.#engine = engine;
    this.#threads = threads;
    this.#programs = programs;
    this.#batches = batchesOf(programs.experiment, threads);
    this.#state = state;
  }

  /** Compiles the graphs and takes the parameters' start values, or a state that was captured. */
  static async start(
    engine: Engine,
    experiment: Experiment,
    record: Pick<EngineRecord, 'threads' | 'unroll'>,
    from?: Captured,
  ): Promise<EngineSession> {
    const programs = await CompiledPrograms.of(engine, record.threads, experiment);
    for (const unroll of new Set([1, record.unroll])) await programs.training(unroll);
    return new EngineSession(engine, record.threads, programs, startState(engine, experiment, from));
  }

  /** With the settings in force. */
  get experiment(): Experiment {
    return this.#programs.experiment;
  }

  get step(): number {
    return this.#state.step;
  }

  /** All parameters, on the engine, as they are now. */
  get theta(): Value {
    return this.#state.values['theta']!;
  }

  /** A state of the last half minute in main memory, as a device that is lost takes its own along; none elsewhere. */
  get copy(): Captured | undefined {
    return this.#copy;
  }

  async advance(count: number, controls: Controls): Promise<Record<string, Float32Array | Float64Array>> {
    const before = this.#state;
    const { state, numbers } = await this.#updated(before, count, controls);
    this.#state = state;
    this.#earlier.push(before);
    if (this.#earlier.length > 2) this.#release(this.#earlier.shift()!);
    if (this.#engine.device && systemClock.now() - this.#copiedAt >= copyInterval) {
      this.#copy = await this.capture();
      this.#copiedAt = systemClock.now();
    }
    const scalars = Object.entries(numbers).map(([name, { data }]) => [name.slice('scalars/'.length), data] as const);
    return Object.fromEntries(scalars);
  }

  /** The state after so many updates from another, which stays as it is. */
  async #updated(before: State, count: number, controls: Controls): Promise<{ state: State; numbers: Tensors }> {
    const { batches, random } = await this.#draw(before, count);
    const { clamp } = before;
    const how = { freeze: clamp !== undefined, intervened: clamp?.intervened };
    const program = await this.#programs.training(count, how);
    const given = { ...controlInputs(controls), ...batches };
    const { resident, numbers } = await program.run({ ...before.values, ...clamp?.values }, given);
    for (const { data } of Object.values(batches)) freeNumbers(data);
    const values = { ...before.values, ...resident };
    return { state: { step: before.step + count, values, random, clamp }, numbers };
  }

  async rewind(step: number, controls: Controls): Promise<void> {
    const from = this.#earlier.findLast((state) => state.step <= step) ?? this.#earlier[0];
    if (!from) return;
    const { clamp } = this.#state;
    for (const state of [...this.#earlier, this.#state])
      if (state.step > from.step) releaseAll(this.#engine, state.values);
    this.#state = from;
    this.#earlier = this.#earlier.filter((state) => state.step < from.step);
    while (this.#state.step < step) await this.advance(1, controls);
    this.#state = { ...this.#state, clamp };
  }

  async prune(masks: MaskValues, scope: MaskScope): Promise<void> {
    const open = isOpen(masks);
    this.#masks = open ? undefined : masks;
    const before = this.#state.clamp;
    this.#state = { ...this.#state, clamp: open || scope === 'probe' ? undefined : this.#clampOf(masks) };
    this.#releaseClamp(before);
  }

  async reconfigure(config: RunConfig): Promise<Readonly<Record<string, number>>> {
    const experiment = reconfigured(this.experiment, config);
    const programs = await CompiledPrograms.of(this.#engine, this.#threads, experiment);
    await this.#programs.dispose();
    await this.#batches.dispose();
    this.#programs = programs;
    this.#batches = batchesOf(experiment, this.#threads);
    // What was done under the other settings cannot be done again.
    for (const state of this.#earlier.splice(0)) this.#release(state);
    return experiment.task.theory;
  }

  evaluate(): Promise<Readonly<Record<string, Estimate>>> {
    return this.#evaluated(this.#masks);
  }

  async evaluateIntact(): Promise<Readonly<Record<string, Estimate>> | undefined> {
    const isProbed = this.#masks !== undefined && !this.#state.clamp;
    return isProbed ? this.#evaluated(undefined) : undefined;
  }

  heldOutError(masks: MaskValues, asked: string): Promise<HeldOutError> {
    return this.#errorOf(this.#state, masks, asked);
  }

  async errorAhead(masks: MaskValues, asked: string, { updates, seen, controls }: Ahead): Promise<HeldOutError> {
    // Held or not, of the same graph, so that nothing but the holding differs.
    const from: State = { ...this.#state, clamp: this.#clampOf(seen) };
    let state = from;
    try {
      for (let i = 0; i < updates; i++) {
        const before = state;
        state = (await this.#updated(before, 1, controls)).state;
        if (before !== from) releaseAll(this.#engine, before.values);
      }
      return await this.#errorOf(state, masks, asked);
    } finally {
      if (state !== from) releaseAll(this.#engine, state.values);
      releaseAll(this.#engine, from.clamp!.values);
    }
  }

  async #errorOf(state: State, masks: MaskValues, asked: string): Promise<HeldOutError> {
    const measured = await this.#measured(masks, state);
    const metric = worthMetric(this.experiment.metrics, measured, asked);
    if (metric === undefined) return { metric: '', mean: null, stderr: null, n: 0 };
    const error = measured[metric]!;
    const samples = samplesOf(error);
    return { metric, ...error, ...(samples && { samples }) };
  }

  async probe(): Promise<Readonly<Record<string, HostTensor>>> {
    return pictureOf(this.experiment, await this.#activations(this.#masks));
  }

  /** What is read out of the parameters, and of how the latest updates changed them. */
  async weightReadings(): Promise<Readonly<Record<string, HostTensor>>> {
    const { step, values } = this.#state;
    const before = this.#earlier.at(-1);
    const theta = (await this.#engine.read(values['theta']!)).data;
    const { model } = this.experiment;
    if (!before || before.step >= step) return weightReadings(model, theta);
    const earlier = (await this.#engine.read(before.values['theta']!)).data;
    return weightReadings(model, theta, { theta: earlier, updates: step - before.step });
  }

  capture(): Promise<Captured> {
    return captured(this.#engine, this.experiment, this.#state);
  }

  async dispose(): Promise<void> {
    await this.#programs.dispose();
    await this.#batches.dispose();
    for (const state of [...this.#earlier, this.#state]) {
      releaseAll(this.#engine, state.values);
      releaseAll(this.#engine, state.clamp?.values ?? {});
    }
  }

  /** On the probe prompts. */
  async #activations(masks: MaskValues | undefined): Promise<Tensors> {
    const program = await this.#programs.probe(masks && intervenedBy(masks));
    return program.numbers(this.#state.values, masks && maskInputs(this.experiment.model, masks));
  }

  /** What is measured on held-out prompts, and what heads attend to on those of the probe. */
  async #evaluated(masks: MaskValues | undefined): Promise<Readonly<Record<string, Estimate>>> {
    const measured = await this.#measured(masks);
    const { task, config } = this.experiment;
    if (!task.sequence) return measured;
    const scores = scoresOfHeads(this.experiment, await this.#activations(masks));
    return { ...measured, ...headMetrics(scores, config.probe.prompts) };
  }

  async #measured(
    masks: MaskValues | undefined,
    { values } = this.#state,
  ): Promise<Readonly<Record<string, Estimate>>> {
    const program = await this.#programs.evaluation(masks && intervenedBy(masks));
    const outputs = await program.numbers(values, masks && maskInputs(this.experiment.model, masks));
    return this.experiment.task.evaluation.measure(outputs);
  }

  #clampOf(masks: MaskValues): Clamp {
    const { model } = this.experiment;
    const keep = trainedEntries(model, masks);
    return { values: uploadAll(this.#engine, { ...maskInputs(model, masks), keep }), intervened: intervenedBy(masks) };
  }

  /** The data of `count` updates, and the random state afterwards. */
  async #draw({ random, step }: State, count: number): Promise<{ batches: Tensors; random: RandomStream }> {
    const { task, config } = this.experiment;
    const drawn = await this.#batches.next({ random: random.state(), step, count });
    const shapes = task.training.inputs(config.train.batch);
    const batches = Object.entries(drawn.data).map(([name, data]) => [
      `batch/${name}`,
      hostTensor([count, ...lengths(shapes[name]!)], data),
    ]);
    return { batches: Object.fromEntries(batches), random: RandomStream.restored(drawn.random) };
  }

  #release(state: State): void {
    releaseAll(this.#engine, state.values);
    this.#releaseClamp(state.clamp);
  }

  /** Frees what clamped training, unless a state still needs it. */
  #releaseClamp(clamp: Clamp | undefined): void {
    if (clamp && ![...this.#earlier, this.#state].some((state) => state.clamp === clamp))
      releaseAll(this.#engine, clamp.values);
  }
}

function controlInputs({ learningRate, weightDecay, clipNorm, totalSteps }: Controls): Tensors {
  return {
    learning_rate: scalar(learningRate),
    weight_decay: scalar(weightDecay),
    clip_norm: scalar(clipNorm),
    total_steps: scalar(totalSteps),
  };
}

const batchesOf = (experiment: Experiment, threads: number): BatchSource =>
  new BatchSource(experiment, threads < availableParallelism());
