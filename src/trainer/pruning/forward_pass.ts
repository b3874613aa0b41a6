import { systemClock } from '../../core/clock.ts';
import type { HostTensor } from '../../core/tensor.ts';
import type { Engine, Program, Value } from '../../engine/contract.ts';
import { flopsOf } from '../../graph/flops.ts';
import type { Graph } from '../../graph/types.ts';
import type { MaskValues } from '../../protocol/masks.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import type { Experiment } from '../contract.ts';
import { parametersOf } from '../measure/evaluate.ts';
import { fixedInputs, maskInputs, predictionGraph } from '../session/programs.ts';

/** The predictions of a snapshot for all held-out prompts, as a program to be compared with another. */
export class ForwardPass {
  readonly #engine: Engine;
  readonly #graph: Graph;
  readonly #program: Program;
  readonly #feeds: Readonly<Record<string, Value>>;

  private constructor(engine: Engine, graph: Graph, program: Program, feeds: Readonly<Record<string, Value>>) {
    this.#engine = engine;
    this.#graph = graph;
    this.#program = program;
    this.#feeds = feeds;
  }

  static async open(
    engine: Engine,
    experiment: Experiment,
    { snapshot, masks, threads }: { snapshot: Snapshot; masks: MaskValues; threads: number },
  ): Promise<ForwardPass> {
    const graph = predictionGraph(experiment);
    const tensors: Readonly<Record<string, HostTensor>> = {
      ...fixedInputs(experiment),
      ...maskInputs(masks),
      theta: parametersOf(snapshot, experiment),
    };
    const feeds = Object.keys(graph.inputs).map((name) => [name, engine.upload(tensors[name]!)]);
    return new ForwardPass(engine, graph, await engine.compile(graph, { threads }), Object.fromEntries(feeds));
  }

  /** Floating-point operations of one run. */
  get flops(): number {
    return flopsOf(this.#graph);
  }

  /** Runs once: predictions of every group of prompts, and the milliseconds until they could be read. */
  async run(): Promise<{ readonly predictions: readonly HostTensor[]; readonly milliseconds: number }> {
    const start = systemClock.now();
    const values = Object.values(await this.#program.run(this.#feeds));
    const predictions: HostTensor[] = [];
    for (const value of values) predictions.push(await this.#engine.read(value));
    const milliseconds = systemClock.now() - start;
    for (const value of values) this.#engine.release(value);
    return { predictions, milliseconds };
  }

  async dispose(): Promise<void> {
    for (const value of Object.values(this.#feeds)) this.#engine.release(value);
    await this.#program.dispose();
  }
}
