import { lower } from '../../engine/onnx/lower.ts';
import { inputName } from '../../engine/onnx/lowerings.ts';
import { type OpenNodes, openNodes, type Recording } from '../../engine/onnx/open_lengths.ts';
import { RuntimeLengths } from '../../engine/onnx/runtime_lengths.ts';
import { Recorder, type SymbolicTensor } from '../../graph/symbolic.ts';
import { type Graph, lengths, type Shape } from '../../graph/types.ts';
import type { RunConfig } from '../../protocol/config.ts';
import { openMasks } from '../../protocol/mask_values.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import { createExperiment } from '../session/experiment.ts';
import { withGraftsIn } from '../session/grafts.ts';
import { intervenedBy, maskInputs, masksOf } from '../session/mask_inputs.ts';
import { requireFit } from './fit.ts';

/** Of one axis: a number, or a name where it is open. */
type Lengths = readonly (number | string)[];

/** A model as an ONNX file, and what goes in and comes out: names and shapes. */
export interface InferenceModel {
  readonly bytes: Uint8Array;
  readonly inputs: Readonly<Record<string, Lengths>>;
  readonly outputs: Readonly<Record<string, Lengths>>;
}

/**
 * The model of a snapshot as an ONNX graph with its parameters and masks inside, which any ONNX Runtime runs: prompts
 * `input.<name>` as the task makes them in, as many at once as one likes, `output.prediction` and `output.attention` out. A
 * decoder takes prompts of any number of tokens up to the longest, an encoder any number of examples, where all tokens attend to
 * all; one length alone where the longest prompt has as many of something as the model has of another thing, say as wide as it is
 * long, as both are then recorded alike. Where a model of a plugin depends on the number of prompts, it is that of the probe.
 * @throws UserError when the snapshot does not fit its configuration
 */
export function inferenceModel(snapshot: Snapshot, config: RunConfig, where: string): InferenceModel {
  const { graph, open } = openGraph(snapshot, config, where);
  const described = (prefix: string, positions: Readonly<Record<string, number>>) =>
    Object.fromEntries(
      Object.entries(positions).map(([name, position]) => {
        const node = graph.nodes[position]!;
        return [`${prefix}.${name}`, open?.described(node) ?? lengths(node.shape)];
      }),
    );
  const facts = {
    step: String(snapshot.step),
    task: config.task.name,
    model: config.model.name,
    seed: String(config.seed),
  };
  return {
    bytes: lower(graph, {}, open, facts),
    inputs: described('input', graph.inputs),
    outputs: described('output', graph.outputs),
  };
}

/** The computation with as many lengths open as the model allows. */
function openGraph(snapshot: Snapshot, config: RunConfig, where: string): { graph: Graph; open?: RuntimeLengths } {
  const recorded = (prompts: number, fewer: number): Recording & { readonly rank: number } => {
    const { graph, tokens } = inferenceGraph(snapshot, config, where, prompts, fewer);
    return { graph, prompts, tokens, rank: graph.nodes[Object.values(graph.inputs)[0]!]!.shape.length };
  };
  const [some, others] = uncommon;
  const longest = recorded(some, 0);
  const more = recorded(others, 0);
  const { tokens, rank, graph } = longest;
  const shorter = hasOpenLength(config) ? fewerTokens.filter(([, odd]) => tokens - odd > 1) : [];
  const choices = [
    ...shorter.map(([even, odd]) => () => [recorded(some, even), recorded(others, odd)]),
    () => [longest],
  ];
  let open: OpenNodes | undefined;
  for (const choice of choices) open ??= openNodes([longest, ...choice(), more]);
  if (!open) return { graph: inferenceGraph(snapshot, config, where, config.probe.prompts, 0).graph };
  const [first] = Object.keys(graph.inputs) as [string];
  return { graph, open: new RuntimeLengths(open, inputName(first), rank > 2 ? 'tokens' : 'examples') };
}

/** Numbers of prompts that no width is likely to have, as equal lengths are recorded alike. */
const uncommon = [1009, 1013] as const;
/**
 * How many fewer tokens shorter prompts have: an even number, which tells how lengths grow, and an odd one, on which that is
 * checked; others where a length is that of something else.
 */
const fewerTokens = [
  [2, 3],
  [4, 5],
  [6, 7],
  [2, 5],
  [4, 3],
] as const;

/** Masks of prompts of up to 256 tokens: whether equal ones are recorded once must not depend on how long prompts are. */
const mostCompared = 2 ** 16;

/** Whether prompts may be shorter. An encoder that attends to what is shown has the places of that in its mask. */
const hasOpenLength = ({ model }: RunConfig): boolean =>
  model.name === 'decoder' || (model.name === 'encoder' && model['attend'] === 'all');

/** Prediction and attention of so many prompts at once, each so many tokens shorter than the longest. */
function inferenceGraph(
  snapshot: Snapshot,
  config: RunConfig,
  where: string,
  prompts: number,
  fewer: number,
): { readonly graph: Graph; readonly tokens: number } {
  const probe = { ...config.probe, prompts };
  const experiment = createExperiment({ ...config, probe }, where, snapshot.task);
  requireFit(snapshot, experiment, where);
  const { task, model } = experiment;
  const recorder = new Recorder(mostCompared);
  const { params, mask = openMasks(model.facts) } = withGraftsIn(snapshot, model);
  const inputs = maskInputs(model, mask);
  const parameters = model.parameters.map(({ name, shape }) => {
    const { data } = params[name]!;
    return [
      name,
      name === 'pos' && config.model.name === 'decoder'
        ? withAnotherRow(recorder, shape, data)
        : recorder.constant(shape, data, `params/${name}`),
    ] as const;
  });
  const masks = masksOf(model, intervenedBy(mask), (name, shape) => {
    return recorder.constant(shape, inputs[name]!.data, name);
  });
  const forward = model.forward(recorder, Object.fromEntries(parameters), masks);
  const longest = Object.values(task.probe.inputs)[0]?.shape[1] ?? 0;
  const given = Object.fromEntries(
    Object.entries(task.probe.inputs).map(([name, { shape }]) => {
      const own = shape.map((size, axis) => (axis === 1 && size === longest ? size - fewer : size));
      return [name, recorder.input(name, anonymous(own))];
    }),
  );
  const { attention } = forward.activations(given);
  const graph = recorder.finish({ prediction: forward.predict(given), ...(attention && { attention }) });
  return { graph, tokens: longest - fewer };
}

/** With it the positions of the longest prompt are a part of all, as those of shorter ones are, which is recorded alike. */
function withAnotherRow(recorder: Recorder, [rows, columns]: Shape, data: ArrayLike<number>): SymbolicTensor {
  const more = new Float64Array(data.length + columns!.size);
  more.set(data);
  return recorder.constant([{ ...rows!, size: rows!.size + 1 }, columns!], more, 'params/pos');
}

function anonymous(shape: readonly number[]) {
  return shape.map((size, axis) => ({ name: `axis ${axis}`, size }));
}
