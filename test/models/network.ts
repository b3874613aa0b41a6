import { RandomStream } from '../../src/core/random.ts';
import { type HostTensor, hostTensor } from '../../src/core/tensor.ts';
import type { Engine } from '../../src/engine/contract.ts';
import { Recorder, type SymbolicTensor } from '../../src/graph/symbolic.ts';
import { lengths } from '../../src/graph/types.ts';
import type { Model } from '../../src/models/contract.ts';

/** A model recorded with its parameters and masks as inputs of the graph. */
export function recordNetwork(model: Model) {
  const recorder = new Recorder();
  const { layers, heads, neurons } = model.facts;
  const parameters = Object.fromEntries(model.parameters.map(({ name, shape }) => [name, recorder.input(name, shape)]));
  const layer = { name: 'layer', size: layers };
  const masks = {
    heads: recorder.input('heads', [layer, { name: 'head', size: heads }]),
    ...(neurons > 0 && { neurons: recorder.input('neurons', [layer, { name: 'neuron', size: neurons }]) }),
  };
  return { recorder, parameters, forward: model.forward(recorder, parameters, masks) };
}

/** Feeds of `recordNetwork`: the parameters given and everything kept. */
export function feedsOf(
  model: Model,
  parameters: Readonly<Record<string, ArrayLike<number>>>,
): Record<string, HostTensor> {
  const { layers, heads, neurons } = model.facts;
  const ones = (length: number) => hostTensor([layers, length], new Float64Array(layers * length).fill(1));
  return {
    ...Object.fromEntries(
      model.parameters.map(({ name, shape }) => [
        name,
        hostTensor(lengths(shape), Float64Array.from(parameters[name]!)),
      ]),
    ),
    heads: ones(heads),
    ...(neurons > 0 && { neurons: ones(neurons) }),
  };
}

/** Values of `outputs`; feeds that they do not depend on are left out. */
export async function compute(
  engine: Engine,
  recorder: Recorder,
  outputs: Readonly<Record<string, SymbolicTensor>>,
  feeds: Readonly<Record<string, HostTensor>>,
): Promise<Record<string, HostTensor>> {
  const graph = recorder.finish(outputs);
  const program = await engine.compile(graph);
  try {
    const needed = Object.keys(graph.inputs).map((name) => [name, engine.upload(feeds[name]!)] as const);
    const values = await program.run(Object.fromEntries(needed));
    const read = Object.entries(values).map(async ([name, value]) => [name, await engine.read(value)] as const);
    return Object.fromEntries(await Promise.all(read));
  } finally {
    await program.dispose();
  }
}

/** Numbers that the name alone decides. */
export const gaussian = (name: string, count: number, scale: number): Float64Array =>
  RandomStream.named(0, name)
    .fillGaussian(new Float64Array(count))
    .map((value) => scale * value);

/** Numbers for all parameters, also for those that a model starts at 0 or 1. */
export const gaussianParameters = (model: Model, scale: number): Record<string, Float64Array> =>
  Object.fromEntries(
    model.parameters.map(({ name, shape }) => [
      name,
      gaussian(
        name,
        lengths(shape).reduce((a, b) => a * b, 1),
        scale,
      ),
    ]),
  );
