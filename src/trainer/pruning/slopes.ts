import { RandomStream } from '../../core/random.ts';
import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import type { Engine, Program, Value } from '../../engine/contract.ts';
import { layoutOf, packNumbers } from '../../graph/parameters.ts';
import { lengths } from '../../graph/types.ts';
import type { MaskValues } from '../../protocol/masks.ts';
import { type PartKind, slopeNames } from '../../pruning/names.ts';
import type { Captured, Experiment } from '../contract.ts';
import { maskInputs, maskSlopesGraph } from '../session/programs.ts';

/** Where parameters and settings come from. */
interface Source {
  readonly experiment: Experiment;
  capture(): Promise<Captured>;
}

interface SlopesOf {
  readonly kind: PartKind;
  readonly inputs: readonly string[];
  readonly program: Program;
}

interface Compiled {
  readonly experiment: Experiment;
  readonly programs: readonly SlopesOf[];
  /** What stays from one measurement to the next. */
  readonly fixed: Readonly<Record<string, Value>>;
}

/**
 * The slopes of the loss with respect to the masks while a run goes on, which parts are ranked by: on one batch of training
 * prompts, the same for the whole run, so that a part counts more because it has come to do so. Compiled when first wanted.
 */
export class MaskSlopes {
  readonly #engine: Engine;
  readonly #threads: number;
  readonly #source: Source;
  #compiled: Compiled | undefined;

  constructor(engine: Engine, threads: number, source: Source) {
    this.#engine = engine;
    this.#threads = threads;
    this.#source = source;
  }

  /** ∂loss/∂mask [L, parts] of every kind of part that there is, by the names that pictures give them. */
  async measure(masks: MaskValues): Promise<Readonly<Record<string, HostTensor>>> {
    const { experiment, programs, fixed } = await this.#prepare();
    const layout = layoutOf(experiment.model.parameters);
    const { params } = await this.#source.capture();
    const numbers = Object.fromEntries(Object.entries(params).map(([name, { data }]) => [name, data]));
    const theta = hostTensor([layout.size], packNumbers(layout, numbers));
    const given = this.#upload({ ...maskInputs(masks), theta });
    const values: Readonly<Record<string, Value>> = { ...fixed, ...given };
    const slopes: Record<string, HostTensor> = {};
    for (const { kind, inputs, program } of programs) {
      const results = await program.run(Object.fromEntries(inputs.map((name) => [name, values[name]!])));
      slopes[slopeNames[kind]] = await this.#engine.read(results[kind]!);
      this.#releaseAll(results);
    }
    this.#releaseAll(given);
    return slopes;
  }

  async dispose(): Promise<void> {
    for (const { program } of this.#compiled?.programs ?? []) await program.dispose();
    this.#releaseAll(this.#compiled?.fixed ?? {});
    this.#compiled = undefined;
  }

  /** Settings that are part of the graphs make them anew. */
  async #prepare(): Promise<Compiled> {
    const { experiment } = this.#source;
    if (this.#compiled?.experiment === experiment) return this.#compiled;
    await this.dispose();
    const { heads, neurons } = experiment.model.facts;
    const programs: SlopesOf[] = [];
    for (const kind of ['heads', 'neurons'] as const) {
      if ((kind === 'heads' ? heads : neurons) === 0) continue;
      const graph = maskSlopesGraph(experiment, kind);
      const program = await this.#engine.compile(graph, { threads: this.#threads });
      programs.push({ kind, inputs: Object.keys(graph.inputs), program });
    }
    const fixed = this.#upload(pruningBatch(experiment));
    this.#compiled = { experiment, programs, fixed };
    return this.#compiled;
  }

  #upload(tensors: Readonly<Record<string, HostTensor>>): Record<string, Value> {
    return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, this.#engine.upload(tensor)]));
  }

  #releaseAll(values: Readonly<Record<string, Value>>): void {
    for (const value of Object.values(values)) this.#engine.release(value);
  }
}

/** One batch of training prompts `batch/<name>`, the same for every state of a run. */
export function pruningBatch({ config, task }: Experiment): Readonly<Record<string, HostTensor>> {
  const { batch } = config.train;
  const numbers = task.training.draw(RandomStream.named(config.seed, 'prune'), batch, 0);
  return Object.fromEntries(
    Object.entries(task.training.inputs(batch)).map(([name, shape]) => [
      `batch/${name}`,
      hostTensor(lengths(shape), numbers[name]!),
    ]),
  );
}
