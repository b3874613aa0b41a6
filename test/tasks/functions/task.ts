import { hostTensor } from '../../../src/core/tensor.ts';
import { loadEngine } from '../../../src/engine/registry.ts';
import { Recorder, type SymbolicTensor } from '../../../src/graph/symbolic.ts';
import { lengths } from '../../../src/graph/types.ts';
import type { Evaluation, Forward, Task, TaskContext, TaskDefinition } from '../../../src/tasks/contract.ts';
import { tasks } from '../../../src/tasks/registry.ts';
import { compute } from '../../models/network.ts';
import { contextOf } from '../context.ts';

export function functionTaskOf(name: string, settings: object, overrides: Partial<TaskContext> = {}, seed = 0): Task {
  const definition = tasks.get(name) as TaskDefinition;
  return definition.create(definition.schema.parse(settings), contextOf(seed, overrides));
}

/** A network that predicts a multiple of the first number of every input. */
export const firstNumber = (factor: number): Forward => ({
  predict({ tokens }) {
    const [prompt, token] = tokens!.shape;
    const firsts = tokens!.slice(2, 0, 1).reshape([prompt!, token!]);
    const points = (token!.size + 1) / 2;
    const even = firsts.pad(1, 0, 1).reshape([prompt!, { name: 'point', size: points }, { name: 'pair', size: 2 }]);
    return even
      .slice(2, 0, 1)
      .reshape([prompt!, { name: 'point', size: points }])
      .mul(factor);
  },
  activations: () => ({}),
});

/** The metrics of a network on the held-out prompts, float64. */
export async function measure(evaluation: Evaluation, forward: Forward) {
  const recorder = new Recorder();
  const inputs: Record<string, SymbolicTensor> = {};
  for (const [name, { shape }] of Object.entries(evaluation.inputs))
    inputs[name] = recorder.input(
      name,
      shape.map((size, i) => ({ name: `axis ${i}`, size })),
    );
  const outputs = evaluation.outputs(forward, inputs);
  const values = await compute(await loadEngine('reference'), recorder, outputs, evaluation.inputs);
  return evaluation.measure(values);
}

/** What one update on `drawn` reports of the network `firstNumber(3)`, float64. */
export async function trainingScalars(
  { training }: Task,
  drawn: Readonly<Record<string, Float32Array>>,
  batch: number,
): Promise<Record<string, number>> {
  const recorder = new Recorder();
  const shapes = Object.entries(training.inputs(batch));
  const inputs = Object.fromEntries(shapes.map(([name, shape]) => [name, recorder.input(name, shape)]));
  const feeds = Object.fromEntries(shapes.map(([name, shape]) => [name, hostTensor(lengths(shape), drawn[name]!)]));
  const { scalars } = training.loss(firstNumber(3), inputs);
  const values = await compute(await loadEngine('reference'), recorder, scalars, feeds);
  return Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, data[0]!]));
}
