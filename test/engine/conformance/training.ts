import { type HostTensor, hostTensor } from '../../../src/core/tensor.ts';
import type { Engine } from '../../../src/engine/contract.ts';
import { optimizers } from '../../../src/graph/optimizers/registry.ts';
import { layoutOf, packNumbers } from '../../../src/graph/parameters.ts';
import { Recorder } from '../../../src/graph/symbolic.ts';
import { recordTraining, type TrainingOptions } from '../../../src/graph/training.ts';
import { networkBatch, networkNumbers, networkObjective, networkParameters } from './network.ts';
import type { Numbers } from './numbers.ts';

export const scalar = (value: number): HostTensor => hostTensor([], Float64Array.of(value));

/** Settings that tests start from; the peak learning rate, the data and so on are fed. */
export const plainTraining = {
  settings: { momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  schedule: { kind: 'constant', warmupSteps: 0, finalFraction: 1 },
  clip: false,
  decay: false,
  unroll: 1,
  batch: {},
} as const;

/**
 * Runs a training graph `calls` times, feeding its state back as values of the engine, with batches [calls · U, …].
 * Returns the outputs of every call; slots start at 0.
 */
export async function train(
  engine: Engine,
  options: TrainingOptions,
  calls: number,
  feeds: Numbers,
  batches: Numbers = {},
): Promise<Numbers[]> {
  const graph = recordTraining(new Recorder(), options);
  const program = await engine.compile(graph);
  const everything: Numbers = { ...zeroSlots(options), step: scalar(0), ...feeds };
  const needed = Object.entries(everything).filter(([name]) => Object.hasOwn(graph.inputs, name));
  let values = Object.fromEntries(needed.map(([name, numbers]) => [name, engine.upload(numbers)]));
  const history: Numbers[] = [];
  for (let call = 0; call < calls; call++) {
    const drawn = Object.entries(batches).map(([name, numbers]) => [
      `batch/${name}`,
      engine.upload(part(numbers, call * options.unroll, options.unroll)),
    ]);
    const outputs = await program.run({ ...values, ...Object.fromEntries(drawn) });
    const read = Object.entries(outputs).map(async ([name, value]) => [name, await engine.read(value)] as const);
    history.push(Object.fromEntries(await Promise.all(read)));
    const state = Object.entries(outputs).filter(([name]) => Object.hasOwn(graph.inputs, name));
    values = { ...values, ...Object.fromEntries(state) };
  }
  await program.dispose();
  return history;
}

function zeroSlots({ optimizer, parameters }: TrainingOptions): Numbers {
  const { size } = layoutOf(parameters);
  return Object.fromEntries(
    optimizer.slots.map(({ name, kind }) => [
      `slot/${name}`,
      kind === 'scalar' ? scalar(0) : hostTensor([size], new Float64Array(size)),
    ]),
  );
}

function part({ shape, data }: HostTensor, start: number, count: number): HostTensor {
  const size = data.length / shape[0]!;
  return hostTensor([count, ...shape.slice(1)], data.slice(start * size, (start + count) * size));
}

/** The transformer block trained with Adam, a schedule and clipping: all parts of a training graph at once. */
export function trainNetwork(engine: Engine, calls: number, unroll: number): Promise<Numbers[]> {
  const { parameters, x, y } = networkNumbers(calls * unroll);
  const layout = layoutOf(networkParameters);
  const data = Object.fromEntries(Object.entries(parameters).map(([name, numbers]) => [name, numbers.data]));
  const options: TrainingOptions = {
    ...plainTraining,
    parameters: networkParameters,
    optimizer: optimizers.adam,
    schedule: { kind: 'cosine', warmupSteps: 2, finalFraction: 0.1 },
    clip: true,
    decay: true,
    unroll,
    batch: networkBatch,
    objective: networkObjective,
  };
  const feeds = {
    theta: hostTensor([layout.size], packNumbers(layout, data)),
    learning_rate: scalar(0.01),
    weight_decay: scalar(0.001),
    clip_norm: scalar(1),
    total_steps: scalar(8),
  };
  return train(engine, options, calls, feeds, { x, y });
}
