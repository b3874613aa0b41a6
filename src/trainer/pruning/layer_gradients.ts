import { BoundProgram, type Tensors } from '../../engine/bound.ts';
import type { Engine, Value } from '../../engine/contract.ts';
import type { MaskValues } from '../../protocol/mask_values.ts';
import type { Experiment } from '../contract/session.ts';
import { type Intervened, intervenedBy, keyOf, maskInputs } from '../session/mask_inputs.ts';
import { fixedInputs, gradientGraph } from '../session/programs.ts';
import { layerNorms } from '../session/weight_readings.ts';
import { pruningBatch } from './mask_gradients.ts';

/** Where parameters and settings come from. */
interface Source {
  readonly experiment: Experiment;
  /** All parameters, on the engine. */
  readonly theta: Value;
}

/**
 * `gradient_norm` [L]: how strongly the loss pulls at the parameters of each layer, on one batch of training prompts that is the
 * same for the whole run. Compiled when first wanted.
 */
export class LayerGradients {
  readonly #engine: Engine;
  readonly #threads: number;
  readonly #source: Source;
  #compiled: { readonly experiment: Experiment; readonly key: string; readonly program: BoundProgram } | undefined;

  constructor(engine: Engine, threads: number, source: Source) {
    this.#engine = engine;
    this.#threads = threads;
    this.#source = source;
  }

  async measure(masks: MaskValues): Promise<Tensors> {
    const { experiment, theta } = this.#source;
    const program = await this.#prepare(intervenedBy(masks));
    const { gradient } = await program.numbers({ theta }, maskInputs(experiment.model, masks));
    return { gradient_norm: layerNorms(experiment.model, gradient!.data) };
  }

  async dispose(): Promise<void> {
    await this.#compiled?.program.dispose();
    this.#compiled = undefined;
  }

  /** Settings that are part of the graph make it anew. */
  async #prepare(intervened: Intervened): Promise<BoundProgram> {
    const { experiment } = this.#source;
    const known = this.#compiled;
    if (known?.experiment === experiment && known.key === keyOf(intervened)) return known.program;
    await this.dispose();
    const fixed = { ...fixedInputs(experiment), ...pruningBatch(experiment) };
    const options = { threads: this.#threads, fixed };
    const program = await BoundProgram.of(this.#engine, gradientGraph(experiment, intervened), options);
    this.#compiled = { experiment, key: keyOf(intervened), program };
    return program;
  }
}
