import { expect, test } from 'vitest';
import type { HostTensor } from '../../src/core/tensor.ts';
import { loadRuntime } from '../../src/engine/onnx/runtime.ts';
import { loadEngine } from '../../src/engine/registry.ts';
import { inferenceModel } from '../../src/trainer/measure/inference.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';
import { parts } from '../engine/onnx/message.ts';
import { compute, feedsOf, recordNetwork } from '../models/network.ts';
import { smallRuns } from './small_runs.ts';
import { steered } from './steered.ts';

const { InferenceSession, Tensor } = await loadRuntime();
const reference = await loadEngine('reference');
const cases = smallRuns().filter(([name]) => name.endsWith(', adam'));
const models = [...new Map(cases.map((one) => [one[0].split(' ')[0], one])).values()];

/** Some of the prompts of a probe. */
function some({ shape, data }: HostTensor, from: number, count: number) {
  const size = data.length / shape[0]!;
  const part = Float32Array.from(data.subarray(from * size, (from + count) * size));
  return new Tensor('float32', part, [count, ...shape.slice(1)]);
}

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < found.length; i++) expect(Math.abs(found[i]! - expected[i]!)).toBeLessThan(1e-5);
}

test.each(cases)(
  'a plain ONNX Runtime computes what a pruned snapshot holds, for any number of prompts: %s',
  async (_name, settings) => {
    const prompts = 5;
    const { snapshot } = await steered({ ...settings, probe: { prompts } }, [
      { at: 2, request: { type: 'mask', scope: 'clamp', edits: ['-L0H0'] } },
    ]);
    const { bytes, inputs, outputs } = inferenceModel(snapshot, snapshot.config, 'test');
    expect(Object.values(inputs).map((lengths) => lengths[0])).toEqual(Object.values(inputs).map(() => 'prompts'));
    expect(outputs['output.prediction']![0]).toBe('prompts');
    const session = await InferenceSession.create(bytes);
    const { probe } = createExperiment(snapshot.config, 'test', snapshot.task).task;
    const { prediction, attention } = snapshot.probe;
    const size = prediction!.data.length / prompts;
    for (const [from, count] of [
      [0, prompts],
      [3, 1],
      [1, 2],
    ] as const) {
      const feeds = Object.entries(probe.inputs).map(([name, tensor]) => [`input.${name}`, some(tensor, from, count)]);
      const results = await session.run(Object.fromEntries(feeds));
      const data = results['output.prediction']!.data as Float32Array;
      expectClose(data, prediction!.data.subarray(from * size, (from + count) * size));
      if (count < prompts) continue;
      expectClose(results['output.attention']!.data as Float32Array, attention!.data);
    }
    await session.release();
  },
);

const small = { layers: 2, heads: 2, width: 20, mlp_width: 24 };
const functions = { name: 'linear_regression', dim: 3, points: 7 };
const dictionary = {
  name: 'representation_regression',
  tokens: 9,
  prompt_examples: 7,
  token_dim: 4,
  features: 2,
  training_set: 'fresh',
};

const lengthCases: readonly [string, object, object, string, readonly number[]][] = [
  ['a decoder of functions', functions, { name: 'decoder', ...small }, 'tokens', [13, 12, 7, 4, 2]],
  ['with rotary positions', functions, { name: 'decoder', ...small, positions: 'rotary' }, 'tokens', [13, 6, 3]],
  [
    'a decoder of patterns, which keeps the last positions',
    { name: 'pattern_classification', relevant: 4, irrelevant: 4, out_of_domain: 2 },
    { name: 'decoder', ...small },
    'tokens',
    [21, 12, 5, 2],
  ],
  [
    'a decoder of symbols',
    { name: 'markov_chain', vocabulary: 3, length: 8 },
    { name: 'decoder', ...small },
    'tokens',
    [8, 5, 2],
  ],
  [
    'looped, with RMS norms and tied embeddings',
    { name: 'markov_chain', vocabulary: 3, length: 8 },
    { name: 'decoder', ...small, loops: 2, norm: 'rms', tied_embeddings: true },
    'tokens',
    [8, 5, 2],
  ],
  [
    'with state spaces',
    functions,
    { name: 'decoder', ...small, mixer: 'state_space', positions: 'none' },
    'tokens',
    [13, 12, 7, 4],
  ],
  ['an encoder', dictionary, { name: 'encoder', ...small }, 'examples', [7, 6, 3, 1]],
];

test.each(lengthCases)(
  'prompts may be shorter, and give what the model gives for that length: %s',
  async (_name, task, model, axis, sizes) => {
    const { snapshot } = await steered(
      { task, model, train: { steps: 4, batch: 4 }, evaluate: { every: 4, prompts: 5 }, probe: { prompts: 3 } },
      [],
    );
    const { bytes, inputs, outputs } = inferenceModel(snapshot, snapshot.config, 'test');
    const [[name, shape]] = Object.entries(inputs) as [[string, readonly (number | string)[]]];
    expect(shape.slice(0, 2)).toEqual(['prompts', axis]);
    expect(outputs['output.prediction']![0]).toBe('prompts');
    const session = await InferenceSession.create(bytes);
    const experiment = createExperiment(snapshot.config, 'test', snapshot.task);
    const whole = Object.values(experiment.task.probe.inputs)[0]!;
    for (const length of sizes) {
      const given = cutTo(whole, length);
      const feeds = { [name]: new Tensor('float32', Float32Array.from(given.data), given.shape) };
      const found = await session.run(feeds);
      const { recorder, parameters: _, forward } = recordNetwork(experiment.model);
      const prompts = recorder.input(
        'prompts',
        given.shape.map((size, i) => ({ name: `axis ${i}`, size })),
      );
      const key = name.slice('input.'.length);
      const { attention } = forward.activations({ [key]: prompts });
      const wanted = { prediction: forward.predict({ [key]: prompts }), attention: attention! };
      const params = Object.fromEntries(Object.entries(snapshot.params).map(([one, { data }]) => [one, data]));
      const expected = await compute(reference, recorder, wanted, {
        ...feedsOf(experiment.model, params),
        prompts: given,
      });
      for (const output of ['prediction', 'attention']) {
        expect(found[`output.${output}`]!.dims, `${output} of ${length}`).toEqual(expected[output]!.shape);
        expectClose(found[`output.${output}`]!.data as Float32Array, expected[output]!.data);
      }
    }
    await session.release();
  },
);

/** Prompts without their last tokens. */
function cutTo({ shape, data }: HostTensor, length: number): HostTensor {
  const [count, tokens, ...rest] = shape as [number, number, ...number[]];
  const size = rest.reduce((product, one) => product * one, 1);
  const kept = Array.from({ length: count }, (_, p) => [
    ...data.subarray(p * tokens * size, (p * tokens + length) * size),
  ]);
  return { shape: [count, length, ...rest], data: Float64Array.from(kept.flat()) };
}

const textIn = (message: Uint8Array, field: number): string => Buffer.from(parts(message, field)[0]!).toString();

test.each(models)(
  'weights have the names that they have in the snapshot, equal ones too: %s',
  async (_name, settings) => {
    const { snapshot } = await steered(settings, []);
    const params = Object.entries(snapshot.params).map(([name, { shape, data }]) => {
      return [
        name,
        { shape, data: shape.length === 1 ? new Float32Array(data.length) : Float32Array.from(data) },
      ] as const;
    });
    const { bytes } = inferenceModel({ ...snapshot, params: Object.fromEntries(params) }, snapshot.config, 'test');
    const [graph] = parts(bytes, 7);
    const stored = new Map(parts(graph!, 5).map((tensor) => [textIn(tensor, 8), Buffer.from(parts(tensor, 9)[0]!)]));
    expect(stored.size).toBe(parts(graph!, 5).length);
    for (const [name, { data }] of params) {
      // Positions have a row of zeros more.
      expect(stored.get(`params/${name}`)!.subarray(0, data.byteLength), name).toEqual(Buffer.from(data.buffer));
    }
    expect(stored.get('mask/heads')!.length).toBe(snapshot.mask!.heads.data.length * 4);
  },
);

test('nodes are named after the part of the model whose weights they use', async () => {
  const [, settings] = cases.find(([name]) => name.startsWith('decoder'))!;
  const { snapshot } = await steered(settings, []);
  const [graph] = parts(inferenceModel(snapshot, snapshot.config, 'test').bytes, 7);
  const found = parts(graph!, 1).map((node) => `${textIn(node, 3).replace(/_.*/, '')} ${textIn(node, 4)}`);
  const { layers } = snapshot.config.model as unknown as { layers: number };
  for (let layer = 0; layer < layers; layer++) {
    expect(found).toContain(`layers.${layer}.ln1/normalization LayerNormalization`);
    expect(found).toContain(`layers.${layer}.attn/softmax Softmax`);
    expect(found).toContain(`layers.${layer}.attn/matmul MatMul`);
    expect(found).toContain(`layers.${layer}.ln2/normalization LayerNormalization`);
    expect(found).toContain(`layers.${layer}.mlp/matmul MatMul`);
  }
  expect(found).toContain('in/matmul MatMul');
  expect(found).toContain('out/matmul MatMul');
});

test('an encoder that attends to what is shown has prompts of one length', async () => {
  const model = { name: 'encoder', ...small, attend: 'prompts' };
  const { snapshot } = await steered(
    { task: dictionary, model, train: { steps: 2, batch: 4 }, evaluate: { every: 2, prompts: 5 } },
    [],
  );
  expect(inferenceModel(snapshot, snapshot.config, 'test').inputs).toEqual({ 'input.labels': ['prompts', 7] });
});

test('what is pruned is missing from the model that is written', async () => {
  const [, settings] = cases.find(([name]) => name.startsWith('encoder'))!;
  const { snapshot } = await steered(settings, []);
  const whole = await predicted(snapshot);
  const { heads, neurons } = snapshot.mask!;
  const none = ({ shape, data }: HostTensor): HostTensor => ({ shape, data: new Float32Array(data.length) });
  for (const mask of [
    { heads: none(heads), neurons },
    { heads, neurons: none(neurons) },
  ]) {
    expect(await predicted({ ...snapshot, mask })).not.toEqual(whole);
  }
});

async function predicted(snapshot: Awaited<ReturnType<typeof steered>>['snapshot']): Promise<unknown> {
  const session = await InferenceSession.create(inferenceModel(snapshot, snapshot.config, 'test').bytes);
  const { probe } = createExperiment(snapshot.config, 'test', snapshot.task).task;
  const feeds = Object.entries(probe.inputs).map(([name, tensor]) => [`input.${name}`, some(tensor, 0, 1)]);
  return (await session.run(Object.fromEntries(feeds)))['output.prediction']!.data;
}

test('a head is given what another snapshot computes', async () => {
  const settings = {
    task: { name: 'markov_chain', vocabulary: 3, length: 8 },
    model: { name: 'decoder', ...small },
    train: { steps: 4, batch: 4 },
    evaluate: { every: 4, prompts: 5 },
    probe: { prompts: 3 },
  };
  const donor = await steered({ ...settings, seed: 7 }, []);
  const edits = [`L0H0=graft_pattern@${donor.fileOf(4)}`, `L1H1=graft_output@${donor.fileOf(4)}*0.5`];
  const { snapshot } = await steered(settings, [{ at: 2, request: { type: 'mask', scope: 'clamp', edits } }]);
  const { bytes } = inferenceModel(snapshot, snapshot.config, 'test');
  const session = await InferenceSession.create(bytes);
  const { probe } = createExperiment(snapshot.config, 'test', snapshot.task).task;
  const found = await session.run({ 'input.tokens': some(probe.inputs['tokens']!, 0, 3) });
  expectClose(found['output.prediction']!.data as Float32Array, snapshot.probe['prediction']!.data);
  expectClose(found['output.attention']!.data as Float32Array, snapshot.probe['attention']!.data);
  await session.release();
});
