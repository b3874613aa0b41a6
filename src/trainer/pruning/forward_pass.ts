import { systemClock } from '../../core/clock.ts';
import type { HostTensor } from '../../core/tensor.ts';
import { BoundProgram } from '../../engine/bound.ts';
import type { Engine } from '../../engine/contract.ts';
import { flopsOf } from '../../graph/flops.ts';
import type { MaskValues } from '../../protocol/mask_values.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import type { Experiment } from '../contract/session.ts';
import { parametersOf } from '../measure/evaluate.ts';
import { intervenedBy, maskInputs } from '../session/mask_inputs.ts';
import { fixedInputs, predictionGraph } from '../session/programs.ts';

/** The predictions of a snapshot for all held-out prompts, as a program to be compared with another. */
export class ForwardPass {
  /** Floating-point operations of one run. */
  readonly flops: number;
  readonly #program: BoundProgram;

  private constructor(program: BoundProgram, flops: number) {
    this.#program = program;
    this.flops = flops;
  }

  static async open(
    engine: Engine,
    experiment: Experiment,
    { snapshot, masks, threads }: { snapshot: Snapshot; masks: MaskValues; threads: number },
  ): Promise<ForwardPass> {
    const graph = predictionGraph(experiment, intervenedBy(masks));
    const theta = parametersOf(snapshot, experiment);
    const fixed = { ...fixedInputs(experiment), ...maskInputs(experiment.model, masks), theta };
    return new ForwardPass(await BoundProgram.of(engine, graph, { threads, fixed }), flopsOf(graph));
  }

  /** Runs once: predictions of every group of prompts, and the milliseconds until they could be read. */
  async run(): Promise<{ readonly predictions: readonly HostTensor[]; readonly milliseconds: number }> {
    const start = systemClock.now();
    const predictions = Object.values(await this.#program.numbers({}));
    return { predictions, milliseconds: systemClock.now() - start };
  }

  dispose(): Promise<void> {
    return this.#program.dispose();
  }
}
