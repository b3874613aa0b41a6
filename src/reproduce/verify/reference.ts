import { RandomStream } from '../../core/random.ts';
import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import { referenceEngine } from '../../engine/reference/engine.ts';
import { layoutOf } from '../../graph/parameters.ts';
import type { Graph } from '../../graph/types.ts';
import { resolveConfig, type Setting } from '../../presets/resolve.ts';
import type { Estimate } from '../../protocol/events.ts';
import { parseMask } from '../../protocol/mask_edits.ts';
import { editMasks, openMasks } from '../../protocol/mask_values.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import type { Experiment } from '../../trainer/contract/session.ts';
import { createExperiment } from '../../trainer/session/experiment.ts';
import { type Intervened, intervenedBy, maskInputs } from '../../trainer/session/mask_inputs.ts';
import { evaluationGraph, fixedInputs, probeGraph } from '../../trainer/session/programs.ts';
import type { Settings } from '../recipe/expression.ts';

type Tensors = Readonly<Record<string, HostTensor>>;

/** A snapshot measured by the interpreter in float64. */
export class ReferenceModel {
  readonly #experiment: Experiment;
  readonly #inputs: Tensors;
  readonly #intervened: Intervened;
  #magnitudes: HostTensor | undefined;

  /** @param metric what is to be measured, perhaps with others; `mask` what is done to its parts */
  constructor(
    snapshot: Snapshot,
    { set, mask: edits, where, metric }: { set: Settings; mask: string | undefined; where: string; metric: string },
  ) {
    const settings = Object.entries(set).map(([path, value]): Setting => ({ path, value, flag: 'claims.json' }));
    const { config } = resolveConfig(snapshot.config, where, settings);
    this.#experiment = createExperiment(config, where, snapshot.task, metric);
    const { parameters, size } = layoutOf(this.#experiment.model.parameters);
    const theta = new Float64Array(size);
    for (const { name, start } of parameters) theta.set(snapshot.params[name]!.data, start);
    const { model } = this.#experiment;
    const own = snapshot.mask ?? openMasks(model.facts);
    const mask = edits === undefined ? own : editMasks(own, parseMask(edits, where), where);
    this.#intervened = intervenedBy(mask);
    this.#inputs = { ...fixedInputs(this.#experiment), ...maskInputs(model, mask), theta: hostTensor([size], theta) };
  }

  /** Every metric by name, with closed forms; or those of predictors without training. */
  async metrics(which: 'model' | 'baselines'): Promise<Readonly<Record<string, number | null>>> {
    const { evaluation, theory } = this.#experiment.task;
    if (which === 'model') return { ...meansOf(await this.#measure({})), ...theory };
    const known: Record<string, number | null> = {};
    for (const part of evaluation.baselines()) Object.assign(known, meansOf(part));
    return known;
  }

  /** A metric without a fraction of the parts of every layer, averaged over orders where they are random. */
  async pruned(name: string, how: { order: string; fraction: number; repeats: number; seed: number }) {
    const { neurons, heads, layers } = this.#experiment.model.facts;
    const [kind, parts] = neurons > 0 ? ['neurons', neurons] : ['heads', heads];
    this.#magnitudes ??= (await run(probeGraph(this.#experiment, this.#intervened), this.#inputs))[
      `${kind.slice(0, -1)}_magnitude`
    ]!;
    const { data } = this.#magnitudes;
    const repeats = how.order === 'random' ? how.repeats : 1;
    let sum = 0;
    for (let repeat = 0; repeat < repeats; repeat++) {
      const stream = RandomStream.named(how.seed, `prune/${repeat}`);
      const mask = new Float64Array(layers * parts).fill(1);
      for (let layer = 0; layer < layers; layer++) {
        const sizes = Array.from({ length: parts }, (_, part) => [data[layer * parts + part]!, part] as const);
        const sign = how.order === 'largest' ? -1 : 1;
        const order =
          how.order === 'random'
            ? [...stream.permutation(parts)]
            : sizes.sort(([a, i], [b, j]) => sign * (a - b) || i - j).map(([, part]) => part);
        for (const part of order.slice(0, Math.round(how.fraction * parts))) mask[layer * parts + part] = 0;
      }
      const measured = await this.#measure({ [`mask/${kind}`]: hostTensor([layers, parts], mask) });
      const value = measured[name]?.mean ?? null;
      if (value === null) return null;
      sum += value / repeats;
    }
    return sum;
  }

  async #measure(masks: Tensors): Promise<Readonly<Record<string, Estimate>>> {
    const outputs = await run(evaluationGraph(this.#experiment, this.#intervened), { ...this.#inputs, ...masks });
    return this.#experiment.task.evaluation.measure(outputs);
  }
}

const meansOf = (measured: Readonly<Record<string, Estimate>>): Record<string, number | null> =>
  Object.fromEntries(Object.entries(measured).map(([name, { mean }]) => [name, mean]));

async function run(graph: Graph, inputs: Tensors): Promise<Record<string, HostTensor>> {
  const program = await referenceEngine.compile(graph);
  const feeds = Object.keys(graph.inputs).map((name) => [name, referenceEngine.upload(inputs[name]!)] as const);
  const outputs = await program.run(Object.fromEntries(feeds));
  const read = Object.entries(outputs).map(async ([name, value]) => [name, await referenceEngine.read(value)] as const);
  return Object.fromEntries(await Promise.all(read));
}
