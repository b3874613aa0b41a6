import { BoundProgram, type Tensors } from '../../engine/bound.ts';
import type { Engine } from '../../engine/contract.ts';
import type { Graph } from '../../graph/types.ts';
import type { Experiment } from '../contract/session.ts';
import { type Intervened, keyOf } from './mask_inputs.ts';
import { evaluationGraph, fixedInputs, probeGraph, trainingGraph } from './programs.ts';

/** The graphs of an experiment made ready on an engine, with held-out prompts, those of the probe, and open masks. */
export class CompiledPrograms {
  readonly experiment: Experiment;
  readonly #engine: Engine;
  readonly #threads: number;
  readonly #fixed: Tensors;
  /** By what they do; those that are seldom needed are compiled when they are. */
  readonly #programs = new Map<string, BoundProgram>();

  private constructor(engine: Engine, threads: number, experiment: Experiment) {
    this.#engine = engine;
    this.#threads = threads;
    this.experiment = experiment;
    this.#fixed = fixedInputs(experiment);
  }

  static async of(engine: Engine, threads: number, experiment: Experiment): Promise<CompiledPrograms> {
    const programs = new CompiledPrograms(engine, threads, experiment);
    await programs.evaluation();
    await programs.probe();
    return programs;
  }

  /** Measures on the held-out prompts. */
  evaluation(intervened?: Intervened): Promise<BoundProgram> {
    const { experiment } = this;
    return this.#compiled(`evaluation ${keyOf(intervened)}`, () => evaluationGraph(experiment, intervened));
  }

  /** Shows the activations of the model on the probe prompts. */
  probe(intervened?: Intervened): Promise<BoundProgram> {
    return this.#compiled(`probe ${keyOf(intervened)}`, () => probeGraph(this.experiment, intervened));
  }

  /** Does so many updates. */
  training(count: number, how: Parameters<typeof trainingGraph>[2] = {}): Promise<BoundProgram> {
    const { freeze = false, intervened } = how;
    return this.#compiled(`${count} ${freeze} ${keyOf(intervened)}`, () => trainingGraph(this.experiment, count, how));
  }

  async #compiled(key: string, graphOf: () => Graph): Promise<BoundProgram> {
    const known = this.#programs.get(key);
    if (known) return known;
    const graph = graphOf();
    // What an update gives is fed back, but for its scalars.
    const isState = 'theta' in graph.outputs;
    const resident = isState ? Object.keys(graph.outputs).filter((name) => !name.startsWith('scalars/')) : [];
    const options = { threads: this.#threads, fixed: this.#fixed, ...(isState && { resident }) };
    const program = await BoundProgram.of(this.#engine, graph, options);
    this.#programs.set(key, program);
    return program;
  }

  async dispose(): Promise<void> {
    for (const program of this.#programs.values()) await program.dispose();
  }
}
