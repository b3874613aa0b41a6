import type { HostTensor } from '../../core/tensor.ts';
import type { Engine, Program, Value } from '../../engine/contract.ts';
import type { Graph } from '../../graph/types.ts';
import { metricInfo } from '../../metrics/catalog.ts';
import type { RunConfig } from '../../protocol/config.ts';
import type { Estimate } from '../../protocol/events.ts';
import { type MaskValues, openMasks } from '../../protocol/masks.ts';
import { type PartKind, type ScoreName, slopeNames } from '../../pruning/names.ts';
import { type PartScores, scoresOfInsides } from '../../pruning/scores.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import type { Experiment } from '../contract.ts';
import { parametersOf } from '../measure/evaluate.ts';
import { requireFit } from '../measure/fit.ts';
import { measuringEngine } from '../session/device.ts';
import { createExperiment } from '../session/experiment.ts';
import { evaluationGraph, fixedInputs, maskInputs, maskSlopesGraph, probeGraph } from '../session/programs.ts';
import { runOnce } from '../session/run_once.ts';
import { pruningBatch } from './slopes.ts';

interface BenchOptions {
  readonly snapshot: Snapshot;
  /** Resolved; how to measure, which may differ from the snapshot's own configuration. */
  readonly config: RunConfig;
  /** File of the snapshot, for messages. */
  readonly where: string;
}

type Tensors = Readonly<Record<string, HostTensor>>;

/** A snapshot to be measured under many masks, which are inputs of one program. */
export class PruningBench {
  /** The snapshot's own. */
  readonly masks: MaskValues;
  readonly experiment: Experiment;
  readonly #threads: number;
  readonly #engine: Engine;
  readonly #graph: Graph;
  readonly #program: Program;
  readonly #fixed: Readonly<Record<string, Value>>;
  readonly #theta: HostTensor;
  readonly #measured = new Map<string, Readonly<Record<string, Estimate>>>();

  private constructor(
    { snapshot }: BenchOptions,
    experiment: Experiment,
    compiled: { engine: Engine; graph: Graph; program: Program; threads: number },
  ) {
    this.experiment = experiment;
    this.masks = snapshot.mask ?? openMasks(experiment.model.facts);
    this.#threads = compiled.threads;
    this.#engine = compiled.engine;
    this.#graph = compiled.graph;
    this.#program = compiled.program;
    this.#theta = parametersOf(snapshot, experiment);
    const tensors: Tensors = { ...fixedInputs(experiment), theta: this.#theta };
    const names = Object.keys(compiled.graph.inputs).filter((name) => !name.startsWith('mask/'));
    this.#fixed = Object.fromEntries(names.map((name) => [name, compiled.engine.upload(tensors[name]!)]));
  }

  /** @throws UserError when the configuration does not fit the snapshot or the machine */
  static async open(options: BenchOptions): Promise<PruningBench> {
    const { snapshot, config, where } = options;
    const experiment = createExperiment(config, where, snapshot.task);
    requireFit(snapshot, experiment, where);
    const { engine, threads } = await measuringEngine(config, snapshot.engine);
    const graph = evaluationGraph(experiment);
    const program = await engine.compile(graph, { threads });
    return new PruningBench(options, experiment, { engine, graph, program, threads });
  }

  /** Metrics on the held-out prompts, without those that do not depend on the parameters. */
  async measure(masks: MaskValues): Promise<Readonly<Record<string, Estimate>>> {
    const key = `${masks.heads.data.join('')} ${masks.neurons.data.join('')}`;
    const known = this.#measured.get(key);
    if (known) return known;
    const all = this.experiment.task.evaluation.measure(await this.#run(masks));
    const metrics = Object.fromEntries(Object.entries(all).filter(([name]) => metricInfo(name)?.role !== 'theory'));
    this.#measured.set(key, metrics);
    return metrics;
  }

  /** How much every head or neuron counts. @throws UserError when the score does not rank parts of this kind */
  async scores(kind: PartKind, score: ScoreName, masks: MaskValues): Promise<PartScores> {
    const tensors = { ...fixedInputs(this.experiment), ...maskInputs(masks), theta: this.#theta };
    if (score !== 'gradient') {
      const insides = await runOnce(this.#engine, probeGraph(this.experiment), tensors, this.#threads);
      return scoresOfInsides[score](kind, insides);
    }
    const drawn = pruningBatch(this.experiment);
    const slopes = await runOnce(this.#engine, maskSlopesGraph(this.experiment, kind), { ...tensors, ...drawn });
    return scoresOfInsides.gradient(kind, { [slopeNames[kind]]: slopes[kind]! });
  }

  async dispose(): Promise<void> {
    for (const value of Object.values(this.#fixed)) this.#engine.release(value);
    await this.#program.dispose();
  }

  async #run(masks: MaskValues): Promise<Record<string, HostTensor>> {
    const fed = Object.entries(maskInputs(masks)).filter(([name]) => Object.hasOwn(this.#graph.inputs, name));
    const uploaded = Object.fromEntries(fed.map(([name, tensor]) => [name, this.#engine.upload(tensor)]));
    const values = await this.#program.run({ ...this.#fixed, ...uploaded });
    const read: Record<string, HostTensor> = {};
    for (const [name, value] of Object.entries(values)) read[name] = await this.#engine.read(value);
    for (const value of [...Object.values(uploaded), ...Object.values(values)]) this.#engine.release(value);
    return read;
  }
}
