import { RandomStream } from '../../core/random.ts';
import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import { BoundProgram, type Tensors } from '../../engine/bound.ts';
import type { Engine, Value } from '../../engine/contract.ts';
import { lengths } from '../../graph/types.ts';
import type { MaskValues } from '../../protocol/mask_values.ts';
import { gradientNames, type PartKind } from '../../pruning/names.ts';
import type { Experiment } from '../contract/session.ts';
import { type Intervened, intervenedBy, keyOf, maskInputs } from '../session/mask_inputs.ts';
import { maskGradientsGraph } from '../session/programs.ts';

/** Where parameters and settings come from. */
interface Source {
  readonly experiment: Experiment;
  /** All parameters, on the engine. */
  readonly theta: Value;
}

interface Compiled {
  readonly experiment: Experiment;
  readonly key: string;
  readonly programs: readonly { readonly kind: PartKind; readonly program: BoundProgram }[];
}

/**
 * The gradients of the loss with respect to the masks while a run goes on, which parts are ranked by: on one batch of training
 * prompts, the same for the whole run, so that a part counts more because it has come to do so. Compiled when first wanted.
 */
export class MaskGradients {
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
  async measure(masks: MaskValues): Promise<Tensors> {
    const gradients: Record<string, HostTensor> = {};
    for (const { kind, program } of await this.#prepare(intervenedBy(masks))) {
      const { theta, experiment } = this.#source;
      gradients[gradientNames[kind]] = (await program.numbers({ theta }, maskInputs(experiment.model, masks)))[kind]!;
    }
    return gradients;
  }

  async dispose(): Promise<void> {
    for (const { program } of this.#compiled?.programs ?? []) await program.dispose();
    this.#compiled = undefined;
  }

  /** Settings that are part of the graphs make them anew. */
  async #prepare(intervened: Intervened): Promise<Compiled['programs']> {
    const { experiment } = this.#source;
    const known = this.#compiled;
    if (known?.experiment === experiment && known.key === keyOf(intervened)) return known.programs;
    await this.dispose();
    const { facts } = experiment.model;
    const options = { threads: this.#threads, fixed: pruningBatch(experiment) };
    const kinds = (['heads', 'neurons'] as const).filter((kind) => facts[kind] > 0);
    const programs = await Promise.all(
      kinds.map(async (kind) => ({
        kind,
        program: await BoundProgram.of(this.#engine, maskGradientsGraph(experiment, kind, intervened), options),
      })),
    );
    this.#compiled = { experiment, key: keyOf(intervened), programs };
    return programs;
  }
}

/** One batch of training prompts `batch/<name>`, the same for every state of a run. */
export function pruningBatch({ config, task }: Experiment): Tensors {
  const { batch } = config.train;
  const numbers = task.training.draw(RandomStream.named(config.seed, 'prune'), batch, 0);
  return Object.fromEntries(
    Object.entries(task.training.inputs(batch)).map(([name, shape]) => [
      `batch/${name}`,
      hostTensor(lengths(shape), numbers[name]!),
    ]),
  );
}
