import { beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { RandomStream } from '../../src/core/random.ts';
import { hostTensor } from '../../src/core/tensor.ts';
import type { Engine, Value } from '../../src/engine/contract.ts';
import { loadEngine } from '../../src/engine/registry.ts';
import { gradients } from '../../src/graph/gradient.ts';
import { optimizers } from '../../src/graph/optimizers/registry.ts';
import { layoutOf, packNumbers, unpackNumbers } from '../../src/graph/parameters.ts';
import { Recorder, type SymbolicTensor } from '../../src/graph/symbolic.ts';
import { recordTraining } from '../../src/graph/training.ts';
import type { Masks } from '../../src/models/contract.ts';
import { encoder } from '../../src/models/encoder.ts';
import { representationRegression } from '../../src/tasks/representation_regression.ts';
import { elements, encoderFixture as fixture } from '../fixtures/encoder.ts';
import { type Numbers, relativeError } from '../fixtures/yang.ts';
import { contextOf } from '../tasks/context.ts';
import { compute, feedsOf, recordNetwork } from './network.ts';

const { B, T, D, H, L, F } = fixture.sizes;
const { model } = elements[0]!;
const names = model.parameters.map(({ name }) => name);
const numbers = Object.fromEntries(names.map((name) => [name, fixture.parameters[name]!.data]));

type Weights = Readonly<Record<string, SymbolicTensor>>;

/** Mean squared error over the batch of the fixture, and the predictions [1, T] of each element. */
function batchLoss(recorder: Recorder, weights: Weights, masks: Masks) {
  const token = { name: 'token', size: T };
  const row = [{ name: 'prompt', size: 1 }, token];
  const outputs = elements.map(({ model, labels }) =>
    model.forward(recorder, weights, masks).predict({ labels: recorder.constant(row, labels) }),
  );
  const losses = outputs.map((output, b) =>
    output
      .sub(recorder.constant(row, fixture.target.data.slice(b * T, (b + 1) * T)))
      .square()
      .mean(),
  );
  return { outputs, loss: losses.reduce((sum, loss) => sum.add(loss)).mul(1 / B) };
}

/** The loss as a graph with parameters and masks as inputs. */
function recordBatch() {
  const recorder = new Recorder();
  const weights = Object.fromEntries(model.parameters.map(({ name, shape }) => [name, recorder.input(name, shape)]));
  const layer = { name: 'layer', size: L };
  const masks = {
    heads: recorder.input('heads', [layer, { name: 'head', size: H }]),
    neurons: recorder.input('neurons', [layer, { name: 'neuron', size: F }]),
  };
  return { recorder, weights, masks, ...batchLoss(recorder, weights, masks) };
}

const masksFed = (heads: Numbers, neurons: Numbers) => ({
  ...feedsOf(model, numbers),
  heads: hostTensor(heads.shape, Float64Array.from(heads.data)),
  neurons: hostTensor(neurons.shape, Float64Array.from(neurons.data)),
});

function expectGradients(
  found: Readonly<Record<string, ArrayLike<number>>>,
  expected: Readonly<Record<string, Numbers>>,
  tolerance: number,
) {
  const largest = Math.max(...Object.values(expected).flatMap(({ data }) => data.map(Math.abs)));
  for (const [name, { data }] of Object.entries(expected)) {
    expect(relativeError(found[name]!, data, 1e-3 * largest), name).toBeLessThan(tolerance);
  }
}

describe.each([
  ['reference', { value: 1e-9, gradient: 1e-9 }],
  ['cpu', { value: 1e-4, gradient: 1e-3 }],
] as const)('encoder on %s, against PyTorch in float64', (name, tolerance) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await loadEngine(name);
  });

  it.each([['heads'], ['neurons'], ['both'], [undefined]] as const)(
    'has the outputs, the loss and the gradients, masked: %s',
    async (which) => {
      const masked = which && fixture.masked[which];
      const { recorder, weights, outputs, loss } = recordBatch();
      const expected = masked ? masked.gradients : fixture.gradients;
      const slopes = expected ? gradients(loss, Object.values(weights)) : [];
      const wanted = {
        loss,
        ...Object.fromEntries(outputs.map((output, b) => [`output ${b}`, output])),
        ...Object.fromEntries(slopes.map((slope, i) => [names[i]!, slope])),
      };
      const feeds = masked ? masksFed(masked.mask_heads, masked.mask_neurons) : feedsOf(model, numbers);
      const values = await compute(engine, recorder, wanted, feeds);
      const output = outputs.flatMap((_, b) => [...values[`output ${b}`]!.data]);
      expect(relativeError(output, (masked?.outputs ?? fixture.output).data)).toBeLessThan(tolerance.value);
      expect(relativeError(values['loss']!.data, [(masked ?? fixture).loss])).toBeLessThan(tolerance.value);
      const found = Object.fromEntries(names.map((parameter) => [parameter, values[parameter]?.data ?? []]));
      if (expected) expectGradients(found, expected, tolerance.gradient);
    },
  );

  it('has the insides of the first element', async () => {
    const { recorder, forward } = recordNetwork(model);
    const labels = recorder.constant(
      [
        { name: 'prompt', size: 1 },
        { name: 'token', size: T },
      ],
      elements[0]!.labels,
    );
    const insides = await compute(engine, recorder, { ...forward.insides({ labels }) }, feedsOf(model, numbers));
    expect(insides['attention']!.shape).toEqual([1, L, H, T, T]);
    const { pattern, ...others } = fixture.insides;
    for (const [inside, expected] of Object.entries({ attention: pattern, ...others })) {
      expect(insides[inside]!.shape.slice(1), inside).toEqual(expected.shape);
      expect(relativeError(insides[inside]!.data, expected.data), inside).toBeLessThan(tolerance.value);
    }
    expect(relativeError(insides['prediction']!.data, fixture.output.data.slice(0, T))).toBeLessThan(tolerance.value);
    // Scores are the logarithm of the pattern up to a number of their own for each query.
    for (let row = 0; row < L * H * T; row++) {
      const scores = [...insides['scores']!.data.slice(row * T, (row + 1) * T)];
      const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
      const softmax = scores.map((score) => Math.exp(score) / total);
      expect(relativeError(softmax, pattern.data.slice(row * T, (row + 1) * T))).toBeLessThan(tolerance.value);
    }
  });

  it('shows head outputs and neurons as the masks leave them', async () => {
    const { mask_heads, mask_neurons } = fixture.masked.both;
    const { recorder, forward } = recordNetwork(model);
    const labels = recorder.constant(
      [
        { name: 'prompt', size: 1 },
        { name: 'token', size: T },
      ],
      elements[0]!.labels,
    );
    const insides = await compute(
      engine,
      recorder,
      { ...forward.insides({ labels }) },
      masksFed(mask_heads, mask_neurons),
    );
    const zHead = insides['head_output']!.data.slice((1 * H + 2) * T * (D / H), (1 * H + 3) * T * (D / H));
    expect(zHead.every((value) => value === 0)).toBe(true);
    for (let t = 0; t < T; t++) expect(insides['neurons']!.data[t * F + 3]).toBe(0);
    expect(relativeError(insides['prediction']!.data, fixture.masked.both.outputs.data.slice(0, T))).toBeLessThan(
      tolerance.value,
    );
  });

  it('has the loss without every single head and neuron, and the derivatives with respect to the masks', async () => {
    const { recorder, masks, loss } = recordBatch();
    const [heads, neurons] = gradients(loss, [masks.heads, masks.neurons]);
    const graph = recorder.finish({ loss, heads: heads!, neurons: neurons! });
    const program = await engine.compile(graph);
    const fixedFeeds = Object.entries(feedsOf(model, numbers)).map(
      ([key, value]) => [key, engine.upload(value)] as const,
    );
    const run = (masked: Record<string, Value>) => program.run({ ...Object.fromEntries(fixedFeeds), ...masked });
    const read = async (value: Value) => (await engine.read(value)).data;

    const whole = await run({});
    const found = { heads: await read(whole['heads']!), neurons: await read(whole['neurons']!) };
    expectGradients(found, fixture.mask_gradients, tolerance.gradient);
    for (const kind of ['heads', 'neurons'] as const) {
      const { shape, data } = fixture.ablation[kind];
      const losses: number[] = [];
      for (let i = 0; i < data.length; i++) {
        const mask = hostTensor(shape, new Float64Array(data.length).fill(1).with(i, 0));
        losses.push((await read((await run({ [kind]: engine.upload(mask) }))['loss']!))[0]!);
      }
      expect(relativeError(losses, data), kind).toBeLessThan(tolerance.value);
    }
    await program.dispose();
  });

  it('follows 20 Adam updates', async () => {
    const layout = layoutOf(model.parameters);
    const recorder = new Recorder();
    const ones = (size: number) =>
      recorder.constant(
        [
          { name: 'layer', size: L },
          { name: 'part', size },
        ],
        new Float64Array(L * size).fill(1),
      );
    const masks = { heads: ones(H), neurons: ones(F) };
    const graph = recordTraining(recorder, {
      parameters: model.parameters,
      optimizer: optimizers.adam,
      settings: { momentum: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      schedule: { kind: 'constant', warmupSteps: 0, finalFraction: 1 },
      clip: false,
      decay: false,
      unroll: 1,
      batch: {},
      objective: (weights) => {
        const { loss } = batchLoss(recorder, weights, masks);
        return { loss, scalars: { train_loss: loss } };
      },
    });
    const vector = (data: Float64Array<ArrayBuffer>) => engine.upload(hostTensor([layout.size], data));
    const scalar = (value: number) => engine.upload(hostTensor([], Float64Array.of(value)));
    let state: Record<string, Value> = {
      theta: vector(packNumbers(layout, numbers)),
      'slot/m': vector(new Float64Array(layout.size)),
      'slot/v': vector(new Float64Array(layout.size)),
      'slot/m_weight': scalar(0),
      'slot/v_weight': scalar(0),
      step: scalar(0),
    };
    const fixed = { learning_rate: scalar(fixture.training.lr), total_steps: scalar(20) };
    const program = await engine.compile(graph);
    const losses: number[] = [];
    for (let t = 0; t < fixture.training.losses.data.length - 1; t++) {
      const feeds = Object.entries({ ...state, ...fixed }).filter(([input]) => input in graph.inputs);
      state = await program.run(Object.fromEntries(feeds));
      losses.push((await engine.read(state['scalars/train_loss']!)).data[0]!);
    }
    expect(relativeError(losses, fixture.training.losses.data.slice(0, -1))).toBeLessThan(tolerance.value);
    const final = unpackNumbers(layout, (await engine.read(state['theta']!)).data);
    for (const [parameter, { data }] of Object.entries(fixture.training.final)) {
      // Its gradient is rounding noise, which Adam makes into steps of full length.
      if (parameter.endsWith('b_K')) continue;
      const errors = data.map((value, i) => Math.abs(final[parameter]![i]! - value));
      expect(Math.max(...errors), parameter).toBeLessThan(tolerance.value);
    }
    await program.dispose();
  });
});

describe('encoder', () => {
  const task = (settings: object = {}) =>
    representationRegression.create(
      representationRegression.schema.parse({ prompt_examples: 3, tokens: 6, token_dim: 4, features: 2, ...settings }),
      contextOf(0),
    );
  const create = (settings: object) =>
    encoder.create(encoder.schema.parse({ layers: 2, heads: 2, width: 8, mlp_width: 6, ...settings }), task());

  it('refuses heads that do not divide the width, naming the key and the nearest counts that do', () => {
    expect(() => create({ heads: 5, width: 32 })).toThrow(UserError);
    expect(() => create({ heads: 5, width: 32 })).toThrow(/model\.heads is 5.*model\.width 32.*4 or 8/);
    expect(() => create({ heads: 40, width: 32 })).toThrow(/expected 32/);
    for (const heads of [1, 2, 4, 8]) expect(() => create({ heads })).not.toThrow();
  });

  it('starts from matrices of the deviation asked for, gains of 1 and biases of 0', () => {
    const deviationOf = (data: Float64Array) => Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
    for (const [init_std, expected] of [
      ['default', Math.sqrt(2 / (64 + 128))],
      [0.02, 0.02],
    ] as const) {
      const start = create({ width: 64, mlp_width: 128, init_std }).initial(RandomStream.named(0, 'init'));
      expect(deviationOf(start['layers.1.mlp.W_in']!) / expected).toBeCloseTo(1, 1);
      expect(start['layers.0.ln1.gain']!.every((gain) => gain === 1)).toBe(true);
      expect(start['layers.0.attn.b_Q']!.every((bias) => bias === 0)).toBe(true);
    }
  });

  /** Predictions and attention for two prompts that differ in one label. */
  async function probe(settings: object, labels: readonly number[] = [0.5, -1, 2, 0.5, -1, 1]) {
    const network = create(settings);
    const { recorder, forward } = recordNetwork(network);
    const shown = recorder.constant(
      [
        { name: 'prompt', size: 2 },
        { name: 'example', size: 3 },
      ],
      labels,
    );
    const outputs = { ...forward.insides({ labels: shown }), prediction: forward.predict({ labels: shown }) };
    const start = network.initial(RandomStream.named(0, 'init'));
    return compute(await loadEngine('reference'), recorder, outputs, feedsOf(network, start));
  }

  it('lets every token attend to the prompt only when told so', async () => {
    const { attention } = await probe({ attend: 'prompts' });
    const rows = attention!.data.length / 6;
    for (let row = 0; row < rows; row++) {
      const weights = [...attention!.data.slice(row * 6, (row + 1) * 6)];
      expect(weights.slice(3)).toEqual([0, 0, 0]);
      expect(weights.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 12);
    }
    expect((await probe({}))['attention']!.data.every((weight) => weight > 0)).toBe(true);
  });

  it('predicts from the labels of each prompt alone', async () => {
    const { prediction } = await probe({});
    const swapped = await probe({}, [0.5, -1, 1, 0.5, -1, 2]);
    expect([...swapped['prediction']!.data]).toEqual([...prediction!.data.slice(6), ...prediction!.data.slice(0, 6)]);
    expect([...prediction!.data.slice(6)]).not.toEqual([...prediction!.data.slice(0, 6)]);
  });

  it('adds a learned position code when told so', async () => {
    expect(create({}).parameters.map(({ name }) => name)).not.toContain('pos');
    expect(create({ positions: 'learned' }).parameters.find(({ name }) => name === 'pos')!.shape).toMatchObject([
      { size: 6 },
      { size: 8 },
    ]);
    const plain = await probe({ activation: 'gelu' });
    const coded = await probe({ activation: 'gelu', positions: 'learned' });
    expect(relativeError(coded['prediction']!.data, plain['prediction']!.data)).toBeGreaterThan(1e-3);
  });

  it('refuses the exact loss, which only models linear in the labels have', () => {
    const { forward } = recordNetwork(create({}));
    expect(() => task().training.loss(forward, {})).toThrow(/task\.training_set is population.*fixed or fresh/);
  });
});
