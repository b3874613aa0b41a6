import type { Engine, Program, Value } from '../../engine/contract.ts';
import type { Graph } from '../../graph/types.ts';
import type { Experiment } from '../contract.ts';
import { evaluationGraph, fixedInputs, probeGraph, trainingGraph } from './programs.ts';
import type { Values } from './state.ts';

interface Compiled {
  readonly graph: Graph;
  readonly program: Program;
}

/** The graphs of an experiment made ready on an engine, and their inputs that stay. */
export class CompiledPrograms {
  readonly experiment: Experiment;
  readonly #engine: Engine;
  readonly #threads: number;
  readonly #evaluation: Compiled;
  readonly #probe: Compiled;
  /** By the number of updates in a run, followed by whether parameters can be frozen: the latter are compiled when needed. */
  readonly #training = new Map<string, Compiled>();
  /** Held-out prompts, those of the probe, and masks with everything kept. */
  readonly #fixed: Values;

  private constructor(engine: Engine, threads: number, experiment: Experiment, evaluation: Compiled, probe: Compiled) {
    this.#engine = engine;
    this.#threads = threads;
    this.experiment = experiment;
    this.#evaluation = evaluation;
    this.#probe = probe;
    this.#fixed = Object.fromEntries(
      Object.entries(fixedInputs(experiment)).map(([name, tensor]) => [name, engine.upload(tensor)]),
    );
  }

  static async of(engine: Engine, threads: number, experiment: Experiment): Promise<CompiledPrograms> {
    const evaluation = await compile(engine, evaluationGraph(experiment), threads);
    const probe = await compile(engine, probeGraph(experiment), threads);
    return new CompiledPrograms(engine, threads, experiment, evaluation, probe);
  }

  /** Measures on the held-out prompts. */
  evaluate(values: Values): Promise<Record<string, Value>> {
    return this.#run(this.#evaluation, values);
  }

  /** Shows the insides of the model on the probe prompts. */
  probe(values: Values): Promise<Record<string, Value>> {
    return this.#run(this.#probe, values);
  }

  /** Does so many updates, which can hold parameters or not. */
  async train(count: number, freeze: boolean, values: Values): Promise<Record<string, Value>> {
    return this.#run(await this.prepare(count, freeze), values);
  }

  /** Compiles the program of so many updates, unless it is there. */
  async prepare(count: number, freeze: boolean): Promise<Compiled> {
    const key = `${count}${freeze ? ' frozen' : ''}`;
    const known = this.#training.get(key);
    if (known) return known;
    const graph = trainingGraph(this.experiment, count, freeze);
    const resident = Object.keys(graph.outputs).filter((name) => !name.startsWith('scalars/'));
    const compiled = await compile(this.#engine, graph, this.#threads, resident);
    this.#training.set(key, compiled);
    return compiled;
  }

  async dispose(): Promise<void> {
    for (const { program } of [...this.#training.values(), this.#evaluation, this.#probe]) await program.dispose();
    for (const value of Object.values(this.#fixed)) this.#engine.release(value);
  }

  /** Runs a program with those of the values that its graph takes. */
  #run({ graph, program }: Compiled, values: Values): Promise<Record<string, Value>> {
    const given: Values = { ...this.#fixed, ...values };
    return program.run(Object.fromEntries(Object.keys(graph.inputs).map((name) => [name, given[name]!])));
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
