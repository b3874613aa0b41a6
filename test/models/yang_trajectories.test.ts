import { beforeAll, describe, expect, it } from 'vitest';
import { type HostTensor, hostTensor } from '../../src/core/tensor.ts';
import type { Engine, Value } from '../../src/engine/contract.ts';
import { loadEngine } from '../../src/engine/registry.ts';
import { optimizers } from '../../src/graph/optimizers/registry.ts';
import { layoutOf, packNumbers, unpackNumbers } from '../../src/graph/parameters.ts';
import { Recorder } from '../../src/graph/symbolic.ts';
import { recordTraining } from '../../src/graph/training.ts';
import { multiHeadSoftmax } from '../../src/models/multi_head_softmax.ts';
import { relativeError, yang, yangTask } from '../fixtures/yang.ts';
import { compute, feedsOf, recordNetwork } from './network.ts';

const { H, K, steps } = yang.sizes;

const task = yangTask();
const model = multiHeadSoftmax.create({ heads: H, init_std: 1, fixed_q: false }, task);
const layout = layoutOf(model.parameters);

/** θ after 0, 1, … updates from the Q of the fixture and w = 0, and the losses that were reported on the way. */
async function train(engine: Engine, rule: 'sgd' | 'adam', learningRate: number, { parameters } = model) {
  const recorder = new Recorder();
  const heads = recorder.input('heads', [
    { name: 'layer', size: 1 },
    { name: 'head', size: H },
  ]);
  const graph = recordTraining(recorder, {
    parameters,
    optimizer: optimizers[rule],
    settings: { momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    schedule: { kind: 'constant', warmupSteps: 0, finalFraction: 1 },
    clip: false,
    decay: false,
    unroll: 1,
    batch: {},
    objective: (values) => task.training.loss(model.forward(recorder, values, { heads }), {}),
  });
  const scalar = (value: number) => engine.upload(hostTensor([], Float64Array.of(value)));
  const start = packNumbers(layout, { Q: yang.inputs.Q.data, w: new Float64Array(H * K) });
  const controls: Record<string, Value> = {
    learning_rate: scalar(learningRate),
    total_steps: scalar(steps),
    heads: engine.upload(hostTensor([1, H], new Float64Array(H).fill(1))),
  };
  let state: Record<string, Value> = { theta: engine.upload(hostTensor([layout.size], start)), step: scalar(0) };
  for (const { name, kind } of optimizers[rule].slots) {
    const shape = kind === 'vector' ? [layout.size] : [];
    state[`slot/${name}`] = engine.upload(hostTensor(shape, new Float64Array(kind === 'vector' ? layout.size : 1)));
  }
  const program = await engine.compile(graph);
  const thetas = [start.slice() as HostTensor['data']];
  const losses: number[] = [];
  for (let t = 0; t < steps; t++) {
    const feeds = Object.entries({ ...state, ...controls }).filter(([name]) => name in graph.inputs);
    state = await program.run(Object.fromEntries(feeds));
    losses.push((await engine.read(state['scalars/train_loss']!)).data[0]!);
    thetas.push((await engine.read(state['theta']!)).data.slice());
  }
  await program.dispose();
  return { thetas, losses };
}

/** Exact metrics at every θ. */
async function measureAll(engine: Engine, thetas: readonly HostTensor['data'][]) {
  const { recorder, forward } = recordNetwork(model);
  const labels = Object.fromEntries(
    Object.entries(task.evaluation.inputs).map(([name, { shape }]) => [
      name,
      recorder.input(
        name,
        shape.map((size, i) => ({ name: `axis ${i}`, size })),
      ),
    ]),
  );
  const outputs = task.evaluation.outputs(forward, labels);
  const measured = [];
  for (const theta of thetas) {
    const feeds = { ...feedsOf(model, unpackNumbers(layout, theta)), ...task.evaluation.inputs };
    measured.push(task.evaluation.measure(await compute(engine, recorder, outputs, feeds)));
  }
  return measured;
}

describe.each([
  ['reference', 1e-9],
  ['cpu', 1e-4],
] as const)('exact-gradient training on %s', (name, tolerance) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await loadEngine(name);
  });

  it.each([
    ['gradient descent', 'sgd', yang.gd],
    ['Adam', 'adam', yang.adam],
  ] as const)('follows the reference %s for 60 updates', async (_, rule, expected) => {
    expect(expected.learning_rates.Q).toBe(expected.learning_rates.w);
    const { thetas, losses } = await train(engine, rule, expected.learning_rates.Q);
    expect(relativeError(losses, expected.losses.data.slice(0, steps))).toBeLessThan(tolerance);
    const measured = await measureAll(engine, thetas);
    const series = (metric: string) => measured.map((metrics) => metrics[metric]!.mean!);
    expect(relativeError(series('expected_in_domain_inference_loss'), expected.in_domain.data)).toBeLessThan(tolerance);
    expect(relativeError(series('expected_out_of_domain_inference_loss'), expected.out_of_domain.data)).toBeLessThan(
      tolerance,
    );
    const floor = yang.theory.loss_floor_noisy_targets;
    expect(
      relativeError(
        series('gap').map((gap) => gap + floor),
        expected.losses.data,
      ),
    ).toBeLessThan(tolerance);
    const final = unpackNumbers(layout, thetas.at(-1)!);
    for (const parameter of ['Q', 'w'] as const) {
      const errors = expected.final[parameter].data.map((value, i) => Math.abs(final[parameter]![i]! - value));
      expect(Math.max(...errors)).toBeLessThan(tolerance);
    }
  });

  it('trains w alone where Q is fixed', async () => {
    const fixed = multiHeadSoftmax.create({ heads: H, init_std: 1, fixed_q: true }, task);
    const { thetas } = await train(engine, 'adam', 0.01, fixed);
    const [first, last] = [thetas[0]!, thetas.at(-1)!].map((theta) => unpackNumbers(layout, theta));
    expect([...last!['Q']!]).toEqual([...first!['Q']!]);
    expect(last!['w']!.every((entry) => entry !== 0)).toBe(true);
  });
});
