import { BoundProgram, type Tensors, type Values } from '../../engine/bound.ts';
import type { Engine } from '../../engine/contract.ts';
import type { Experiment } from '../contract/session.ts';
import { evaluationGraph, fixedInputs, probeGraph, trainingGraph } from './programs.ts';

/** The graphs of an experiment made ready on an engine, with held-out prompts, those of the probe, and open masks. */
export class CompiledPrograms {
  readonly experiment: Experiment;
  /** Measures on the held-out prompts. */
  readonly evaluation: BoundProgram;
  /** Shows the activations of the model on the probe prompts. */
  readonly probe: BoundProgram;
  readonly #engine: Engine;
  readonly #threads: number;
  readonly #fixed: Tensors;
  /** By the number of updates in a run, followed by whether parameters can be frozen: the latter are compiled when needed. */
  readonly #training = new Map<string, BoundProgram>();

  private constructor(
    engine: Engine,
    threads: number,
    experiment: Experiment,
    bound: { readonly evaluation: BoundProgram; readonly probe: BoundProgram; readonly fixed: Tensors },
  ) {
    this.#engine = engine;
    this.#threads = threads;
    this.experiment = experiment;
    this.evaluation = bound.evaluation;
    this.probe = bound.probe;
    this.#fixed = bound.fixed;
  }

  static async of(engine: Engine, threads: number, experiment: Experiment): Promise<CompiledPrograms> {
    const fixed = fixedInputs(experiment);
    const evaluation = await BoundProgram.of(engine, evaluationGraph(experiment), { threads, fixed });
    const probe = await BoundProgram.of(engine, probeGraph(experiment), { threads, fixed });
    return new CompiledPrograms(engine, threads, experiment, { evaluation, probe, fixed });
  }

  /** Does so many updates, which can hold parameters or not. */
  async train(count: number, freeze: boolean, values: Values, tensors: Tensors): ReturnType<BoundProgram['run']> {
    return (await this.prepare(count, freeze)).run(values, tensors);
  }

  /** Compiles the program of so many updates, unless it is there. */
  async prepare(count: number, freeze: boolean): Promise<BoundProgram> {
    const key = `${count}${freeze ? ' frozen' : ''}`;
    const known = this.#training.get(key);
    if (known) return known;
    const graph = trainingGraph(this.experiment, count, freeze);
    const resident = Object.keys(graph.outputs).filter((name) => !name.startsWith('scalars/'));
    const options = { threads: this.#threads, resident, fixed: this.#fixed };
    const program = await BoundProgram.of(this.#engine, graph, options);
    this.#training.set(key, program);
    return program;
  }

  async dispose(): Promise<void> {
    for (const program of [...this.#training.values(), this.evaluation, this.probe]) await program.dispose();
  }
}
