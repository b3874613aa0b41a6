import { lower } from '../engine/onnx/lower.ts';
import { Recorder } from '../graph/symbolic.ts';
import { lengths } from '../graph/types.ts';
import type { RunConfig } from '../protocol/config.ts';
import { openMasks } from '../protocol/masks.ts';
import type { Snapshot } from '../snapshots/format.ts';
import { createExperiment } from './experiment.ts';
import { requireFit } from './fit.ts';

/** A model as an ONNX file, and what goes in and comes out: names and shapes. */
export interface InferenceModel {
  readonly bytes: Uint8Array;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
}

/**
 * The model of a snapshot as an ONNX graph with its parameters and masks inside, which any ONNX Runtime runs: prompts
 * `input.<name>` as the task makes them, as many at once as `config.probe.prompts` says, in; `output.prediction` and
 * `output.attention` out.
 * @throws UserError when the snapshot does not fit its configuration
 */
export function inferenceModel(snapshot: Snapshot, config: RunConfig, where: string): InferenceModel {
  const experiment = createExperiment(config, where, snapshot.task);
  requireFit(snapshot, experiment, where);
  const { task, model } = experiment;
  const recorder = new Recorder();
  const parameters = model.parameters.map(({ name, shape }) => [
    name,
    recorder.constant(shape, snapshot.params[name]!.data),
  ]);
  const masks = snapshot.mask ?? openMasks(model.facts);
  const mask = (kind: 'heads' | 'neurons') => recorder.constant(anonymous(masks[kind].shape), masks[kind].data);
  const forward = model.forward(recorder, Object.fromEntries(parameters), {
    heads: mask('heads'),
    ...(model.facts.neurons > 0 && { neurons: mask('neurons') }),
  });
  const prompts = Object.fromEntries(
    Object.entries(task.probe.inputs).map(([name, { shape }]) => [name, recorder.input(name, anonymous(shape))]),
  );
  const { attention } = forward.insides(prompts);
  const graph = recorder.finish({ prediction: forward.predict(prompts), ...(attention && { attention }) });
  const shapeAt = (position: number): number[] => lengths(graph.nodes[position]!.shape);
  const described = (prefix: string, positions: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(positions).map(([name, position]) => [`${prefix}.${name}`, shapeAt(position)]));
  return {
    bytes: lower(graph),
    inputs: described('input', graph.inputs),
    outputs: described('output', graph.outputs),
  };
}

function anonymous(shape: readonly number[]) {
  return shape.map((size, axis) => ({ name: `axis ${axis}`, size }));
}
