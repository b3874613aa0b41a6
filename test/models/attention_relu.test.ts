import { beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { type HostTensor, hostTensor } from '../../src/core/tensor.ts';
import type { Engine } from '../../src/engine/contract.ts';
import { loadEngine } from '../../src/engine/registry.ts';
import { gradients } from '../../src/graph/gradient.ts';
import { optimizers } from '../../src/graph/optimizers/registry.ts';
import { layoutOf, packNumbers, unpackNumbers } from '../../src/graph/parameters.ts';
import { Recorder } from '../../src/graph/symbolic.ts';
import { recordTraining } from '../../src/graph/training.ts';
import { lengths } from '../../src/graph/types.ts';
import { attentionRelu } from '../../src/models/attention_relu.ts';
import type { Model } from '../../src/models/contract.ts';
import { li, liBatch, liModel, liParameters, liTask } from '../fixtures/li.ts';
import { relativeError } from '../fixtures/yang.ts';
import { compute, feedsOf, recordNetwork } from './network.ts';

const names = ['W_Q', 'W_K', 'W_V', 'W_O', 'a'];
const { B, m } = li.sizes;

/** Everything the model gives on a batch: loss, gradients (`d_<parameter>`), activations. */
async function valuesOn(
  engine: Engine,
  prompts: typeof li.prompts,
  neurons: Float64Array = new Float64Array(m).fill(1),
): Promise<Record<string, HostTensor>> {
  const model = liModel(true);
  const { recorder, parameters, forward } = recordNetwork(model);
  const batch = liBatch(prompts);
  const inputs = Object.fromEntries(
    Object.entries(liTask().training.inputs(B)).map(([name, shape]) => [name, recorder.input(name, shape)]),
  );
  const { loss } = liTask().training.loss(forward, inputs);
  const slopes = gradients(
    loss,
    names.map((name) => parameters[name]!),
  );
  const outputs = {
    loss,
    ...Object.fromEntries(names.map((name, i) => [`d_${name}`, slopes[i]!])),
    ...forward.activations({ tokens: inputs['tokens']! }),
  };
  const feeds = { ...feedsOf(model, liParameters), neurons: hostTensor([1, m], neurons), ...batch };
  return compute(engine, recorder, outputs, feeds);
}

describe.each([
  ['reference', { value: 1e-9, gradient: 1e-9 }],
  ['cpu', { value: 1e-4, gradient: 1e-3 }],
] as const)('attention and ReLU on %s', (engineName, tolerance) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await loadEngine(engineName);
  });

  it.each([
    ['in-domain', li.prompts, li.outputs],
    ['out-of-domain', li.out_of_domain_prompts, li.out_of_domain_outputs],
  ] as const)('has scores, attention, output and hinge on %s prompts', async (_, prompts, expected) => {
    const values = await valuesOn(engine, prompts);
    const { scores, attention, prediction, loss } = values;
    expect(relativeError(scores!.data, expected.scores.data)).toBeLessThan(tolerance.value);
    expect(relativeError(attention!.data, expected.attention.data)).toBeLessThan(tolerance.value);
    expect(relativeError(prediction!.data, expected.F.data)).toBeLessThan(tolerance.value);
    expect(relativeError(loss!.data, [expected.loss])).toBeLessThan(tolerance.value);
  });

  it('has the gradients of every parameter, a among them', async () => {
    const values = await valuesOn(engine, li.prompts);
    const largest = Math.max(...names.flatMap((name) => li.gradients[name]!.data.map(Math.abs)));
    for (const name of names) {
      const error = relativeError(values[`d_${name}`]!.data, li.gradients[name]!.data, 1e-3 * largest);
      expect(error, name).toBeLessThan(tolerance.gradient);
    }
  });

  it('says how large its neurons are, and without some of them gives what it would with their rows of W_O at zero', async () => {
    const { magnitudes, order, count, F_without_smallest, F_without_largest } = li.pruning;
    const { neuron_magnitude } = await valuesOn(engine, li.prompts);
    expect(relativeError(neuron_magnitude!.data, magnitudes.data)).toBeLessThan(tolerance.value);
    const without = async (gone: number[]) =>
      valuesOn(
        engine,
        li.prompts,
        Float64Array.from({ length: m }, (_, n) => (gone.includes(n) ? 0 : 1)),
      );
    const smallest = await without(order.data.slice(0, count));
    expect(relativeError(smallest['prediction']!.data, F_without_smallest.data)).toBeLessThan(tolerance.value);
    const largest = await without(order.data.slice(-count));
    expect(relativeError(largest['prediction']!.data, F_without_largest.data)).toBeLessThan(tolerance.value);
    for (let gone = 0; gone <= m; gone++) {
      const { loss } = await without(order.data.slice(0, gone));
      expect(relativeError(loss!.data, [li.pruning.loss_smallest_first.data[gone]!])).toBeLessThan(tolerance.value);
      const { loss: other } = await without(order.data.slice(m - gone));
      expect(relativeError(other!.data, [li.pruning.loss_largest_first.data[gone]!])).toBeLessThan(tolerance.value);
    }
  });

  it.each(['a_fixed', 'a_trained'] as const)('follows 30 steps of gradient descent, %s', async (kind) => {
    const { losses, final } = li.training[kind];
    const trained = await descend(engine, liModel(kind === 'a_trained'), li.settings.lr, li.settings.steps);
    expect(relativeError(trained.losses, losses.data.slice(0, -1))).toBeLessThan(tolerance.value);
    for (const name of names) {
      const numbers = final[name]!.data;
      const worst = Math.max(...numbers.map((value, i) => Math.abs(value - trained.final[name]![i]!)));
      expect(worst, name).toBeLessThan(tolerance.value);
    }
  });
});

/** Losses before each step on the fixture's batch, and the parameters after the last. */
async function descend(engine: Engine, model: Model, rate: number, steps: number) {
  const recorder = new Recorder();
  const ones = (name: string, size: number) => recorder.constant([{ name, size }], new Float64Array(size).fill(1));
  const masks = {
    heads: ones('head', 1).reshape([
      { name: 'layer', size: 1 },
      { name: 'head', size: 1 },
    ]),
    neurons: ones('neuron', m).reshape([
      { name: 'layer', size: 1 },
      { name: 'neuron', size: m },
    ]),
  };
  const { training } = liTask();
  const graph = recordTraining(recorder, {
    parameters: model.parameters,
    optimizer: optimizers.sgd,
    settings: { momentum: 0, beta1: 0, beta2: 0, epsilon: 1 },
    schedule: { kind: 'constant', warmupSteps: 0, finalFraction: 1 },
    clip: false,
    decay: false,
    unroll: 1,
    batch: training.inputs(B),
    objective: (parameters, batch) => training.loss(model.forward(recorder, parameters, masks), batch),
  });
  const program = await engine.compile(graph);
  const layout = layoutOf(model.parameters);
  const batch = liBatch(li.prompts);
  const upload = (shape: readonly number[], data: HostTensor['data']) => engine.upload(hostTensor(shape, data));
  let theta = upload([layout.size], packNumbers(layout, liParameters));
  const seen: number[] = [];
  for (let t = 0; t < steps; t++) {
    const values: Record<string, ReturnType<typeof upload>> = {
      theta,
      step: upload([], Float64Array.of(t)),
      learning_rate: upload([], Float64Array.of(rate)),
      total_steps: upload([], Float64Array.of(steps)),
      'batch/tokens': upload([1, ...batch.tokens.shape], batch.tokens.data),
      'batch/target': upload([1, ...batch.target.shape], batch.target.data),
    };
    const feeds = Object.fromEntries(Object.keys(graph.inputs).map((name) => [name, values[name]!]));
    const results = await program.run(feeds);
    seen.push((await engine.read(results['scalars/train_loss']!)).data[0]!);
    theta = results['theta']!;
  }
  const final = unpackNumbers(layout, (await engine.read(theta)).data);
  await program.dispose();
  return { losses: seen, final };
}

describe('attention and ReLU', () => {
  it('starts from identities on the features, small Gaussian neurons and signs', () => {
    const model = attentionRelu.create(attentionRelu.schema.parse({ neurons: 500 }), liTask());
    const { W_Q, W_V, W_O, a } = model.initial(RandomStream.named(0, 'init'));
    const width = li.sizes.dX + li.sizes.dY;
    const diagonal = (matrix: Float64Array) => Array.from({ length: width }, (_, i) => matrix[i * width + i]!);
    expect(diagonal(W_Q!)).toEqual(Array.from({ length: width }, (_, i) => (i < li.sizes.dX ? 0.2 : 0)));
    expect(diagonal(W_V!)).toEqual(new Array(width).fill(0.2));
    expect(W_V!.filter((entry) => entry !== 0).length).toBe(width);
    const spread = Math.sqrt(W_O!.reduce((sum, entry) => sum + entry * entry, 0) / W_O!.length);
    expect(Math.abs(spread / 0.02 - 1)).toBeLessThan(0.05);
    expect(new Set(a!)).toEqual(new Set([1 / 500, -1 / 500]));
    expect(Math.abs(a!.filter((entry) => entry > 0).length - 250)).toBeLessThan(50);
  });

  it('gives a shorter prompt the same output as one padded with empty places', async () => {
    const engine = await loadEngine('reference');
    const model = liModel(false);
    const { recorder, forward } = recordNetwork(model);
    const { tokens } = liBatch(li.prompts);
    const [count, length, width] = tokens.shape as [number, number, number];
    const shown = recorder.input('tokens', [
      { name: 'prompt', size: count },
      { name: 'token', size: length },
      { name: 'width', size: width },
    ]);
    const present = recorder.input('present', shown.shape.slice(0, 2));
    const outputs = {
      short: forward.predict({ tokens: shown.slice(1, 2, length) }),
      padded: forward.predict({ tokens: shown, present }),
    };
    expect(lengths(outputs.short.shape)).toEqual([count, 1]);
    const flags = Float64Array.from({ length: count * length }, (_, i) => (i % length < 2 ? 0 : 1));
    const values = await compute(engine, recorder, outputs, {
      ...feedsOf(model, liParameters),
      tokens,
      present: hostTensor([count, length], flags),
    });
    expect(relativeError(values['padded']!.data, values['short']!.data)).toBeLessThan(1e-12);
  });
});
