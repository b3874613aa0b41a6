import { systemClock } from '../core/clock.ts';
import { RandomStream } from '../core/random.ts';
import { type HostTensor, hostTensor, sizeOf } from '../core/tensor.ts';
import type { Engine, Program, Value } from '../engine/contract.ts';
import type { Optimizer } from '../graph/optimizers/contract.ts';
import { optimizers } from '../graph/optimizers/registry.ts';
import { layoutOf, type ParameterLayout, packNumbers, unpackNumbers } from '../graph/parameters.ts';
import { type Graph, lengths } from '../graph/types.ts';
import { samplesOf } from '../metrics/estimate.ts';
import { headlineMetric } from '../metrics/headline.ts';
import type { RunConfig } from '../protocol/config.ts';
import type { EngineRecord, Estimate } from '../protocol/events.ts';
import type { MaskScope } from '../protocol/mask.ts';
import { type MaskValues, prunedParts } from '../protocol/masks.ts';
import type { Snapshot } from '../snapshots/format.ts';
import type { Captured, Controls, Experiment, HeldOutError, Session } from './contract.ts';
import { reconfigured } from './experiment.ts';
import { trainedEntries } from './freezing.ts';
import { evaluationGraph, fixedInputs, pictureOf, probeGraph, trainingGraph } from './programs.ts';

/** Between two copies of what a device holds, in milliseconds. */
const copyInterval = 30_000;

type Values = Readonly<Record<string, Value>>;

/** Where training stands after `step` updates: values on the engine and the random state that goes with them. */
interface State {
  readonly step: number;
  /** `theta`, `slot/<name>` and `step`, fed back from run to run. */
  readonly values: Values;
  readonly random: RandomStream;
  /** What the updates from here on hold back: masks and `keep`. Undefined while training sees all parts. */
  readonly clamp: Values | undefined;
}

interface Compiled {
  readonly graph: Graph;
  readonly program: Program;
}

/** A training session on one engine. */
export class EngineSession implements Session {
  readonly #engine: Engine;
  #experiment: Experiment;
  readonly #layout: ParameterLayout;
  readonly #optimizer: Optimizer;
  readonly #threads: number;
  /** By the number of updates in a run, followed by whether parameters can be frozen: the latter are compiled when needed. */
  #training: Map<string, Compiled>;
  #evaluation: Compiled;
  #probe: Compiled;
  /** Inputs that stay: held-out prompts, those of the probe, and masks with everything kept. */
  #fixed: Values;
  /** The masks of evaluations and pictures. */
  #masks: Values = {};
  #state: State;
  /** States before the last two calls of `advance`, oldest first. */
  #earlier: State[] = [];
  #copy: Captured | undefined;
  #copiedAt = Number.NEGATIVE_INFINITY;

  private constructor(
    engine: Engine,
    experiment: Experiment,
    threads: number,
    compiled: { evaluation: Compiled; probe: Compiled },
    fixed: Values,
    state: State,
  ) {
    this.#engine = engine;
    this.#threads = threads;
    this.#experiment = experiment;
    this.#layout = layoutOf(experiment.model.parameters);
    this.#optimizer = optimizerOf(experiment);
    this.#training = new Map();
    this.#evaluation = compiled.evaluation;
    this.#probe = compiled.probe;
    this.#fixed = fixed;
    this.#state = state;
  }

  /** Compiles the graphs and takes the parameters' start values, or the state of a snapshot. */
  static async start(
    engine: Engine,
    experiment: Experiment,
    record: Pick<EngineRecord, 'threads' | 'unroll'>,
    snapshot?: Snapshot,
  ): Promise<EngineSession> {
    const session = new EngineSession(
      engine,
      experiment,
      record.threads,
      {
        evaluation: await compile(engine, evaluationGraph(experiment), record.threads),
        probe: await compile(engine, probeGraph(experiment), record.threads),
      },
      fixedValues(engine, experiment),
      startState(engine, experiment, snapshot),
    );
    for (const unroll of new Set([1, record.unroll])) await session.#programOf(unroll, false);
    return session;
  }

  /** With the settings in force. */
  get experiment(): Experiment {
    return this.#experiment;
  }

  get step(): number {
    return this.#state.step;
  }

  /** A state of the last half minute in main memory, as a device that is lost takes its own along; none elsewhere. */
  get copy(): Captured | undefined {
    return this.#copy;
  }

  async advance(count: number, controls: Controls): Promise<Record<string, Float32Array | Float64Array>> {
    const before = this.#state;
    const random = RandomStream.restored(before.random.state());
    const compiled = await this.#programOf(count, before.clamp !== undefined);
    const results = await this.#run(compiled, {
      ...before.values,
      ...this.#fixed,
      ...before.clamp,
      ...this.#controlValues(controls),
      ...this.#draw(random, before.step, count),
    });
    const scalars: Record<string, Float32Array | Float64Array> = {};
    const values: Record<string, Value> = { ...before.values };
    for (const [name, value] of Object.entries(results)) {
      if (name.startsWith('scalars/')) scalars[name.slice('scalars/'.length)] = (await this.#engine.read(value)).data;
      else values[name] = value;
    }
    this.#state = { step: before.step + count, values, random, clamp: before.clamp };
    this.#earlier.push(before);
    if (this.#earlier.length > 2) this.#release(this.#earlier.shift()!);
    if (this.#engine.device && systemClock.now() - this.#copiedAt >= copyInterval) {
      this.#copy = await this.capture();
      this.#copiedAt = systemClock.now();
    }
    return scalars;
  }

  async rewind(step: number, controls: Controls): Promise<void> {
    const from = this.#earlier.findLast((state) => state.step <= step) ?? this.#earlier[0];
    if (!from) return;
    const { clamp } = this.#state;
    for (const state of [...this.#earlier, this.#state]) if (state.step > from.step) this.#releaseAll(state.values);
    this.#state = from;
    this.#earlier = this.#earlier.filter((state) => state.step < from.step);
    while (this.#state.step < step) await this.advance(1, controls);
    this.#state = { ...this.#state, clamp };
  }

  async prune(masks: MaskValues, scope: MaskScope): Promise<void> {
    const isOpen = prunedParts(masks).length === 0;
    this.#releaseAll(this.#masks);
    this.#masks = isOpen ? {} : this.#maskValues(masks);
    const before = this.#state.clamp;
    this.#state = { ...this.#state, clamp: isOpen || scope === 'probe' ? undefined : this.#clampValues(masks) };
    this.#releaseClamp(before);
  }

  async reconfigure(config: RunConfig): Promise<Readonly<Record<string, number>>> {
    const experiment = reconfigured(this.#experiment, config);
    const evaluation = await compile(this.#engine, evaluationGraph(experiment), this.#threads);
    const probe = await compile(this.#engine, probeGraph(experiment), this.#threads);
    await this.#disposePrograms();
    this.#releaseAll(this.#fixed);
    this.#experiment = experiment;
    this.#training = new Map();
    this.#evaluation = evaluation;
    this.#probe = probe;
    this.#fixed = fixedValues(this.#engine, experiment);
    // What was done under the other settings cannot be done again.
    for (const state of this.#earlier.splice(0)) this.#release(state);
    return experiment.task.theory;
  }

  async evaluate(): Promise<Readonly<Record<string, Estimate>>> {
    const results = await this.#run(this.#evaluation, { ...this.#state.values, ...this.#fixed, ...this.#masks });
    return this.#experiment.task.evaluation.measure(await this.#readAll(results));
  }

  async heldOutError(masks: MaskValues): Promise<HeldOutError> {
    const values = this.#maskValues(masks);
    const results = await this.#run(this.#evaluation, { ...this.#state.values, ...this.#fixed, ...values });
    const measured = this.#experiment.task.evaluation.measure(await this.#readAll(results));
    this.#releaseAll(values);
    const metric = headlineMetric((name) => Object.hasOwn(measured, name));
    if (metric === undefined) return { metric: '', mean: null, stderr: null, n: 0 };
    const error = measured[metric]!;
    const prompts = samplesOf(error);
    return { metric, ...error, ...(prompts && { prompts }) };
  }

  async probe(): Promise<Readonly<Record<string, HostTensor>>> {
    const inputs = { ...this.#state.values, ...this.#fixed, ...this.#masks };
    return pictureOf(this.#experiment.task, await this.#readAll(await this.#run(this.#probe, inputs)));
  }

  async capture(): Promise<Captured> {
    const read = async (name: string): Promise<HostTensor> => this.#engine.read(this.#state.values[name]!);
    const optimizer: Record<string, HostTensor> = {};
    for (const { name, kind } of this.#optimizer.slots) {
      const slot = await read(`slot/${name}`);
      if (kind === 'scalar') optimizer[name] = slot;
      else for (const [parameter, tensor] of this.#byParameter(slot)) optimizer[`${name}/${parameter}`] = tensor;
    }
    return {
      step: this.#state.step,
      rng: { train: this.#state.random.state() },
      params: Object.fromEntries(this.#byParameter(await read('theta'))),
      optimizer,
    };
  }

  async dispose(): Promise<void> {
    await this.#disposePrograms();
    for (const state of [...this.#earlier, this.#state]) {
      this.#releaseAll(state.values);
      this.#releaseAll(state.clamp ?? {});
    }
    this.#releaseAll(this.#masks);
    this.#releaseAll(this.#fixed);
  }

  async #disposePrograms(): Promise<void> {
    for (const { program } of [...this.#training.values(), this.#evaluation, this.#probe]) await program.dispose();
  }

  /** The program of so many updates, which can freeze parameters or not. */
  async #programOf(count: number, freeze: boolean): Promise<Compiled> {
    const key = `${count}${freeze ? ' frozen' : ''}`;
    const known = this.#training.get(key);
    if (known) return known;
    const graph = trainingGraph(this.#experiment, count, freeze);
    const resident = Object.keys(graph.outputs).filter((name) => !name.startsWith('scalars/'));
    const compiled = await compile(this.#engine, graph, this.#threads, resident);
    this.#training.set(key, compiled);
    return compiled;
  }

  #maskValues({ heads, neurons }: MaskValues): Values {
    return { 'mask/heads': this.#engine.upload(heads), 'mask/neurons': this.#engine.upload(neurons) };
  }

  #clampValues(masks: MaskValues): Values {
    return { ...this.#maskValues(masks), keep: this.#engine.upload(trainedEntries(this.#experiment.model, masks)) };
  }

  /** Runs a program with those of the values that its graph takes. */
  #run({ graph, program }: Compiled, values: Values): Promise<Record<string, Value>> {
    return program.run(Object.fromEntries(Object.keys(graph.inputs).map((name) => [name, values[name]!])));
  }

  async #readAll(values: Values): Promise<Record<string, HostTensor>> {
    const read: Record<string, HostTensor> = {};
    for (const [name, value] of Object.entries(values)) {
      read[name] = await this.#engine.read(value);
      this.#engine.release(value);
    }
    return read;
  }

  #controlValues(controls: Controls): Values {
    return {
      learning_rate: scalar(this.#engine, controls.learningRate),
      weight_decay: scalar(this.#engine, controls.weightDecay),
      clip_norm: scalar(this.#engine, controls.clipNorm),
      total_steps: scalar(this.#engine, controls.totalSteps),
    };
  }

  /** Data of `count` updates: each input's batches one after the other, leading axis the update. */
  #draw(random: RandomStream, step: number, count: number): Values {
    const { task, config } = this.#experiment;
    const shapes = task.training.inputs(config.train.batch);
    if (Object.keys(shapes).length === 0) return {};
    const draws = Array.from({ length: count }, (_, i) => task.training.draw(random, config.train.batch, step + i));
    return Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => {
        const stacked = [count, ...lengths(shape)];
        const data = new Float32Array(sizeOf(stacked));
        draws.forEach((draw, i) => {
          data.set(draw[name]!, (i * data.length) / count);
        });
        return [`batch/${name}`, this.#engine.upload(hostTensor(stacked, data))];
      }),
    );
  }

  #byParameter(flat: HostTensor): [string, HostTensor][] {
    const numbers = unpackNumbers(this.#layout, flat.data);
    return this.#layout.parameters.map(({ name, shape }) => [name, hostTensor(lengths(shape), numbers[name]!)]);
  }

  #release(state: State): void {
    this.#releaseAll(state.values);
    this.#releaseClamp(state.clamp);
  }

  /** Frees what clamped training, unless a state still needs it. */
  #releaseClamp(clamp: Values | undefined): void {
    if (clamp && ![...this.#earlier, this.#state].some((state) => state.clamp === clamp)) this.#releaseAll(clamp);
  }

  #releaseAll(values: Values): void {
    for (const value of Object.values(values)) this.#engine.release(value);
  }
}

async function compile(
  engine: Engine,
  graph: Graph,
  threads: number,
  resident: readonly string[] = [],
): Promise<Compiled> {
  return { graph, program: await engine.compile(graph, { threads, resident }) };
}

function scalar(engine: Engine, value: number): Value {
  return engine.upload(hostTensor([], Float64Array.of(value)));
}

function optimizerOf({ config }: Experiment): Optimizer {
  return optimizers[config.train.optimizer];
}

function fixedValues(engine: Engine, experiment: Experiment): Values {
  return Object.fromEntries(
    Object.entries(fixedInputs(experiment)).map(([name, tensor]) => [name, engine.upload(tensor)]),
  );
}

function startState(engine: Engine, experiment: Experiment, snapshot: Snapshot | undefined): State {
  const { config, model } = experiment;
  const layout = layoutOf(model.parameters);
  const numbers = (of: (name: string) => HostTensor | undefined): Record<string, ArrayLike<number>> =>
    Object.fromEntries(
      layout.parameters.map(({ name, start, end }) => [name, of(name)?.data ?? new Float64Array(end - start)]),
    );
  const theta = snapshot
    ? numbers((name) => snapshot.params[name])
    : model.initial(RandomStream.named(config.seed, 'init'));
  const vector = (values: Readonly<Record<string, ArrayLike<number>>>): Value =>
    engine.upload(hostTensor([layout.size], packNumbers(layout, values)));
  const slots = optimizerOf(experiment).slots.map(({ name, kind }): [string, Value] => [
    `slot/${name}`,
    kind === 'scalar'
      ? scalar(engine, snapshot?.optimizer[name]?.data[0] ?? 0)
      : vector(numbers((parameter) => snapshot?.optimizer[`${name}/${parameter}`])),
  ]);
  const step = snapshot?.step ?? 0;
  const state = snapshot?.rng['train'];
  return {
    step,
    values: { theta: vector(theta), step: scalar(engine, step), ...Object.fromEntries(slots) },
    random: state ? RandomStream.restored(state) : RandomStream.named(config.seed, 'train'),
    clamp: undefined,
  };
}
