import { freeAxes } from '../../engine/onnx/free_axes.ts';
import { lower } from '../../engine/onnx/lower.ts';
import { openLengths } from '../../engine/onnx/lowerings.ts';
import { Recorder } from '../../graph/symbolic.ts';
import type { Graph } from '../../graph/types.ts';
import type { RunConfig } from '../../protocol/config.ts';
import { openMasks } from '../../protocol/mask_values.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import { createExperiment } from '../session/experiment.ts';
import { isIntervened, maskInputs, masksOf } from '../session/programs.ts';
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
 * `input.<name>` as the task makes them, as many at once as one likes, in; `output.prediction` and `output.attention` out.
 * Where a model of a plugin depends on their number, it is that of the probe.
 * @throws UserError when the snapshot does not fit its configuration
 */
export function inferenceModel(snapshot: Snapshot, config: RunConfig, where: string): InferenceModel {
  const [two, three] = [2, 3].map((prompts) => inferenceGraph(snapshot, config, where, prompts));
  const free = freeAxes(two!, three!);
  const graph = free ? two! : inferenceGraph(snapshot, config, where, config.probe.prompts);
  const described = (prefix: string, positions: Readonly<Record<string, number>>) =>
    Object.fromEntries(
      Object.entries(positions).map(([name, position]) => {
        return [`${prefix}.${name}`, openLengths(graph.nodes[position]!, free)];
      }),
    );
  return {
    bytes: lower(graph, {}, free),
    inputs: described('input', graph.inputs),
    outputs: described('output', graph.outputs),
  };
}

/** Prediction and attention of so many prompts at once. */
function inferenceGraph(snapshot: Snapshot, config: RunConfig, where: string, prompts: number): Graph {
  const probe = { ...config.probe, prompts };
  const experiment = createExperiment({ ...config, probe }, where, snapshot.task);
  requireFit(snapshot, experiment, where);
  const { task, model } = experiment;
  const recorder = new Recorder();
  const open = openMasks(model.facts);
  const inputs = maskInputs(snapshot.mask ?? open);
  const parameters = model.parameters.map(({ name, shape }) => [
    name,
    recorder.constant(shape, snapshot.params[name]!.data),
  ]);
  const masks = masksOf(model, isIntervened(snapshot.mask ?? open), (name, shape) => {
    return recorder.constant(shape, inputs[name]!.data);
  });
  const forward = model.forward(recorder, Object.fromEntries(parameters), masks);
  const given = Object.fromEntries(
    Object.entries(task.probe.inputs).map(([name, { shape }]) => [name, recorder.input(name, anonymous(shape))]),
  );
  const { attention } = forward.activations(given);
  return recorder.finish({ prediction: forward.predict(given), ...(attention && { attention }) });
}

function anonymous(shape: readonly number[]) {
  return shape.map((size, axis) => ({ name: `axis ${axis}`, size }));
}
