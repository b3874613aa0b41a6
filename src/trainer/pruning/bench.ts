import { BoundProgram, runOnce, type Tensors } from '../../engine/bound.ts';
import type { Engine } from '../../engine/contract.ts';
import type { RunConfig } from '../../protocol/config.ts';
import type { Estimate } from '../../protocol/events.ts';
import { type MaskValues, openMasks, requireInterventions } from '../../protocol/mask_values.ts';
import { gradientNames, type PartKind, type ScoreName } from '../../pruning/names.ts';
import { type PartScores, scoresOfActivations } from '../../pruning/scores.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import type { Experiment } from '../contract/session.ts';
import { parametersOf } from '../measure/evaluate.ts';
import { requireFit } from '../measure/fit.ts';
import { createExperiment } from '../session/experiment.ts';
import { type Intervened, intervenedBy, keyOf, maskInputs } from '../session/mask_inputs.ts';
import { measuringEngine } from '../session/processor.ts';
import { evaluationGraph, fixedInputs, maskGradientsGraph, probeGraph } from '../session/programs.ts';
import { pruningBatch } from './mask_gradients.ts';

interface BenchOptions {
  readonly snapshot: Snapshot;
  /** Resolved; how to measure, which may differ from the snapshot's own configuration. */
  readonly config: RunConfig;
  /** File of the snapshot, for messages. */
  readonly where: string;
  /** The only metric that is wanted, perhaps with others; all of them unless said. */
  readonly metric?: string;
}

/** A snapshot to be measured under many masks, which are inputs of one program. */
export class PruningBench {
  /** The snapshot's own. */
  readonly masks: MaskValues;
  readonly experiment: Experiment;
  readonly #threads: number;
  readonly #engine: Engine;
  /** Without and with interventions, compiled when needed. */
  readonly #evaluations = new Map<string, BoundProgram>();
  /** Masks that keep everything, prompts and parameters. */
  readonly #fixed: Tensors;
  readonly #measured = new Map<string, Readonly<Record<string, Estimate>>>();

  private constructor(
    experiment: Experiment,
    masks: MaskValues,
    bound: { readonly engine: Engine; readonly threads: number; readonly fixed: Tensors },
  ) {
    this.experiment = experiment;
    this.masks = masks;
    this.#threads = bound.threads;
    this.#engine = bound.engine;
    this.#fixed = bound.fixed;
  }

  /** @throws UserError when the configuration does not fit the snapshot or the machine */
  static async open(options: BenchOptions): Promise<PruningBench> {
    const { snapshot, config, where } = options;
    const experiment = createExperiment(config, where, snapshot.task, options.metric);
    requireFit(snapshot, experiment, where);
    const { engine, threads } = await measuringEngine(experiment, snapshot.engine);
    const fixed = { ...fixedInputs(experiment), theta: parametersOf(snapshot, experiment) };
    const masks = snapshot.mask ?? openMasks(experiment.model.facts);
    requireInterventions(masks, experiment.model.facts, where);
    return new PruningBench(experiment, masks, { engine, threads, fixed });
  }

  /** Metrics on the held-out prompts, without those that do not depend on the parameters. */
  async measure(masks: MaskValues): Promise<Readonly<Record<string, Estimate>>> {
    const { heads, neurons, interventions } = masks;
    const key = `${heads.data.join('')} ${neurons.data.join('')} ${JSON.stringify(interventions)}`;
    const known = this.#measured.get(key);
    if (known) return known;
    const outputs = await (await this.#evaluation(intervenedBy(masks))).numbers(
      {},
      maskInputs(this.experiment.model, masks),
    );
    const { task, metrics } = this.experiment;
    const all = Object.entries(task.evaluation.measure(outputs));
    const measured = Object.fromEntries(all.filter(([name]) => metrics.info(name)?.role !== 'theory'));
    this.#measured.set(key, measured);
    return measured;
  }

  /** How much every head or neuron counts. @throws UserError when the score does not rank parts of this kind */
  async scores(kind: PartKind, score: ScoreName, masks: MaskValues): Promise<PartScores> {
    const tensors = { ...this.#fixed, ...maskInputs(this.experiment.model, masks) };
    if (score !== 'gradient') {
      const graph = probeGraph(this.experiment, intervenedBy(masks));
      const activations = await runOnce(this.#engine, graph, tensors, this.#threads);
      return scoresOfActivations[score](kind, activations);
    }
    const drawn = pruningBatch(this.experiment);
    const graph = maskGradientsGraph(this.experiment, kind, intervenedBy(masks));
    const gradients = await runOnce(this.#engine, graph, { ...tensors, ...drawn });
    return scoresOfActivations.gradient(kind, { [gradientNames[kind]]: gradients[kind]! });
  }

  async #evaluation(intervened: Intervened): Promise<BoundProgram> {
    const known = this.#evaluations.get(keyOf(intervened));
    if (known) return known;
    const options = { threads: this.#threads, fixed: this.#fixed };
    const program = await BoundProgram.of(this.#engine, evaluationGraph(this.experiment, intervened), options);
    this.#evaluations.set(keyOf(intervened), program);
    return program;
  }

  async dispose(): Promise<void> {
    for (const program of this.#evaluations.values()) await program.dispose();
  }
}
