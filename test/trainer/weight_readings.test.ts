import { expect, test } from 'vitest';
import { matrix, multiply, singularValues, transpose } from '../../src/core/linalg.ts';
import { RandomStream } from '../../src/core/random.ts';
import { type HostTensor, hostTensor } from '../../src/core/tensor.ts';
import { referenceEngine } from '../../src/engine/reference/engine.ts';
import { layoutOf } from '../../src/graph/parameters.ts';
import { parseMask } from '../../src/protocol/mask_edits.ts';
import { editMasks, openMasks } from '../../src/protocol/mask_values.ts';
import { LayerGradients } from '../../src/trainer/pruning/layer_gradients.ts';
import { pruningBatch } from '../../src/trainer/pruning/mask_gradients.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';
import { maskInputs } from '../../src/trainer/session/mask_inputs.ts';
import { trainingGraph } from '../../src/trainer/session/programs.ts';
import { weightReadings } from '../../src/trainer/session/weight_readings.ts';
import { configOf } from './steered.ts';

const decoder = {
  task: { name: 'linear_regression', dim: 3, points: 5 },
  model: { name: 'decoder', layers: 2, heads: 2, width: 8, mlp_width: 12 },
};

function setUp(settings: Record<string, unknown>) {
  const { model } = createExperiment(configOf(settings), 'test');
  const layout = layoutOf(model.parameters);
  const theta = RandomStream.named(0, 'theta').fillGaussian(new Float64Array(layout.size));
  const of = (name: string) => {
    const { start, end } = layout.parameters.find((parameter) => parameter.name === name)!;
    return theta.subarray(start, end);
  };
  return { model, layout, theta, of };
}

test('the singular values of W_Q W_Kᵀ and W_V W_O of every head are those of the whole products', () => {
  const { model, theta, of } = setUp(decoder);
  const { qk_singular: qk, ov_singular: ov } = weightReadings(model, theta);
  expect([qk!.shape, ov!.shape]).toEqual([
    [2, 2, 4],
    [2, 2, 4],
  ]);
  for (const layer of [0, 1]) {
    for (const head of [0, 1]) {
      const columns = (name: string) => {
        const all = of(`layers.${layer}.attn.${name}`);
        const held = Array.from({ length: 8 }, (_, row) => [...all.slice(row * 8 + head * 4, row * 8 + head * 4 + 4)]);
        return matrix(8, 4, Float64Array.from(held.flat()));
      };
      const W_O = matrix(4, 8, of(`layers.${layer}.attn.W_O`).slice(head * 32, (head + 1) * 32));
      const products = { qk: multiply(columns('W_Q'), transpose(columns('W_K'))), ov: multiply(columns('W_V'), W_O) };
      for (const [found, whole] of [
        [qk, products.qk],
        [ov, products.ov],
      ] as const) {
        const expected = singularValues(whole).values;
        const at = (layer * 2 + head) * 4;
        for (let i = 0; i < 4; i++) expect(found!.data[at + i]! / expected[i]!).toBeCloseTo(1, 5);
        // Eight by eight of rank four.
        expect(expected[4]! / expected[0]!).toBeLessThan(1e-12);
      }
    }
  }
});

test('layers that are applied again are told each time, with the weights that they share', () => {
  const looped = { ...decoder, model: { ...decoder.model, loops: 2 } };
  const { model, theta } = setUp(looped);
  const before = { theta: theta.map((value) => 0.5 * value), updates: 1 };
  const [once, twice] = [weightReadings(setUp(decoder).model, theta, before), weightReadings(model, theta, before)];
  for (const [name, { shape, data }] of Object.entries(once)) {
    expect(twice[name]!.shape, name).toEqual([4, ...shape.slice(1)]);
    expect([...twice[name]!.data], name).toEqual([...data, ...data]);
  }
  expect(Object.keys(once)).toContain('update_ratio');
});

test('one matrix for queries and keys is taken as it is', () => {
  const settings = {
    task: { name: 'representation_regression', tokens: 6, prompt_examples: 3, token_dim: 4, features: 2 },
    model: { name: 'multi_head_softmax', heads: 3 },
  };
  const { model, theta, of } = setUp(settings);
  const { qk_singular: qk, ov_singular: ov } = weightReadings(model, theta);
  expect(ov).toBeUndefined();
  expect(qk!.shape).toEqual([1, 3, 4]);
  const second = singularValues(matrix(4, 4, of('Q').slice(16, 32))).values;
  for (let i = 0; i < 4; i++) expect(qk!.data[4 + i]).toBeCloseTo(second[i]!, 4);
});

test('the update of a layer is told as a share of the size of its parameters, by the update', () => {
  const { model, layout, theta } = setUp(decoder);
  const before = theta.slice();
  for (const { name, start, end } of layout.parameters) {
    if (name.startsWith('layers.1.')) for (let at = start; at < end; at++) before[at] = 0.9 * theta[at]!;
    if (name.startsWith('in.')) before.fill(0, start, end);
  }
  const { update_ratio: ratio } = weightReadings(model, theta, { theta: before, updates: 4 });
  expect(ratio!.data[0]).toBe(0);
  expect(ratio!.data[1]).toBeCloseTo(0.1 / 4, 6);
});

test('the norm of the gradient of each layer is that of finite differences, under the masks in force', async () => {
  const small = {
    task: { name: 'linear_regression', dim: 2, points: 3 },
    model: { name: 'decoder', layers: 2, heads: 2, width: 4, mlp_width: 3 },
    train: { batch: 4 },
  };
  const { model, layout, theta } = setUp(small);
  const experiment = createExperiment(configOf(small), 'test');
  const numbers = theta.map((value) => 0.5 * value);
  const masks = editMasks(openMasks(model.facts), parseMask('-L0H1,L1H0=uniform*0.5'));
  const source = (data: Float64Array<ArrayBuffer>) => ({
    experiment,
    theta: referenceEngine.upload(hostTensor([layout.size], data)),
  });
  const gradients = new LayerGradients(referenceEngine, 1, source(numbers));
  const { gradient_norm: found } = await gradients.measure(masks);
  await gradients.dispose();
  const graph = trainingGraph({ ...experiment, config: { ...experiment.config } }, 1, { intervened: { donors: 0 } });
  const program = await referenceEngine.compile(graph);
  const batch = Object.fromEntries(
    Object.entries(pruningBatch(experiment)).map(([name, { shape, data }]) => [name, hostTensor([1, ...shape], data)]),
  );
  const zeros = () => hostTensor([layout.size], new Float64Array(layout.size));
  const lossAt = async (data: Float64Array<ArrayBuffer>) => {
    const scalar = (value: number) => hostTensor([], Float64Array.of(value));
    const all: Record<string, HostTensor> = {
      ...{ theta: hostTensor([layout.size], data), 'slot/m': zeros(), 'slot/v': zeros(), step: scalar(0) },
      ...{ 'slot/m_weight': scalar(0), 'slot/v_weight': scalar(0), learning_rate: scalar(0.1), total_steps: scalar(9) },
      ...{ weight_decay: scalar(0), clip_norm: scalar(1) },
      ...maskInputs(model, masks),
      ...batch,
    };
    const feeds = Object.keys(graph.inputs).map((name) => [name, referenceEngine.upload(all[name]!)] as const);
    const outputs = await program.run(Object.fromEntries(feeds));
    return (await referenceEngine.read(outputs['scalars/train_loss']!)).data[0]!;
  };
  for (const layer of [0, 1]) {
    let sum = 0;
    for (const { name, start, end } of layout.parameters) {
      if (!name.startsWith(`layers.${layer}.`)) continue;
      for (let at = start; at < end; at++) {
        const [up, down] = [numbers.slice(), numbers.slice()];
        up[at]! += 1e-5;
        down[at]! -= 1e-5;
        sum += (((await lossAt(up)) - (await lossAt(down))) / 2e-5) ** 2;
      }
    }
    expect(found!.data[layer]! / Math.sqrt(sum)).toBeCloseTo(1, 4);
  }
});
