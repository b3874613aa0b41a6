import { beforeAll, describe, expect, it } from 'vitest';
import { hostTensor } from '../../src/core/tensor.ts';
import type { Engine, Value } from '../../src/engine/contract.ts';
import { loadEngine } from '../../src/engine/registry.ts';
import { gradients } from '../../src/graph/gradient.ts';
import { optimizers } from '../../src/graph/optimizers/registry.ts';
import { layoutOf, packNumbers, unpackNumbers } from '../../src/graph/parameters.ts';
import { Recorder, type SymbolicTensor } from '../../src/graph/symbolic.ts';
import { recordTraining } from '../../src/graph/training.ts';
import type { Masks } from '../../src/models/contract.ts';
import type { FixturePart, TransformerFixture } from '../fixtures/transformer.ts';
import { type Numbers, relativeError } from '../fixtures/yang.ts';
import { compute, feedsOf, recordNetwork } from './network.ts';

const tolerances = {
  reference: { value: 1e-9, gradient: 1e-9 },
  cpu: { value: 1e-4, gradient: 1e-3 },
} as const;

/** A transformer on both engines against PyTorch in float64: outputs, gradients, activations, masks and training. */
export function describeTransformer(title: string, fixture: TransformerFixture, parts: readonly FixturePart[]): void {
  describe.each(['reference', 'cpu'] as const)(`${title} on %s, against PyTorch in float64`, (name) => {
    const tolerance = tolerances[name];
    const oracle = new Oracle(fixture, parts);
    let engine: Engine;
    beforeAll(async () => {
      engine = await loadEngine(name);
    });

    it.each([['heads'], ['neurons'], ['both'], [undefined]] as const)(
      'has the outputs, the loss and the gradients, masked: %s',
      (which) => checkGradients(oracle, engine, which, tolerance),
    );
    it('has the activations of the first element', () => checkActivations(oracle, engine, tolerance.value));
    it('shows head outputs and neurons as the masks leave them', () => checkMasked(oracle, engine, tolerance.value));
    it('has the loss without every single head and neuron, and the derivatives with respect to the masks', () =>
      checkAblations(oracle, engine, tolerance));
    it('follows 20 Adam updates', () => checkTraining(oracle, engine, tolerance.value));
  });
}

type Weights = Readonly<Record<string, SymbolicTensor>>;
type Tolerance = Readonly<Record<'value' | 'gradient', number>>;

/** A fixture with the parts of its batch. */
class Oracle {
  readonly fixture: TransformerFixture;
  readonly parts: readonly FixturePart[];
  readonly names: readonly string[];
  readonly numbers: Readonly<Record<string, readonly number[]>>;

  constructor(fixture: TransformerFixture, parts: readonly FixturePart[]) {
    this.fixture = fixture;
    this.parts = parts;
    this.names = this.model.parameters.map(({ name }) => name);
    this.numbers = Object.fromEntries(this.names.map((name) => [name, fixture.parameters[name]!.data]));
  }

  get model() {
    return this.parts[0]!.model;
  }

  /** Mean squared error over the batch of the fixture, and the predictions [element, T] of each part. */
  loss(recorder: Recorder, weights: Weights, masks: Masks) {
    const { B, T } = this.fixture.sizes;
    let first = 0;
    const pairs = this.parts.map(({ model, elements, prompts }) => {
      const output = model.forward(recorder, weights, masks).predict(prompts(recorder));
      const shape = [
        { name: 'prompt', size: elements },
        { name: 'token', size: T },
      ];
      const target = recorder.constant(shape, this.fixture.target.data.slice(first * T, (first + elements) * T));
      first += elements;
      return { output, error: output.sub(target).square().sum() };
    });
    expect(first).toBe(B);
    const total = pairs.map(({ error }) => error).reduce((sum, error) => sum.add(error));
    return { outputs: pairs.map(({ output }) => output), loss: total.mul(1 / (B * T)) };
  }

  /** The loss as a graph with parameters and masks as inputs. */
  recordBatch() {
    const { L, H, F } = this.fixture.sizes;
    const recorder = new Recorder();
    const weights = Object.fromEntries(
      this.model.parameters.map(({ name, shape }) => [name, recorder.input(name, shape)]),
    );
    const layer = { name: 'layer', size: L };
    const masks = {
      heads: recorder.input('heads', [layer, { name: 'head', size: H }]),
      neurons: recorder.input('neurons', [layer, { name: 'neuron', size: F }]),
    };
    return { recorder, weights, masks, ...this.loss(recorder, weights, masks) };
  }

  /** Activations of the first part; those of the first element come first. */
  async activations(engine: Engine, feeds: ReturnType<typeof feedsOf>) {
    const { recorder, forward } = recordNetwork(this.model);
    const all = await compute(engine, recorder, { ...forward.activations(this.parts[0]!.prompts(recorder)) }, feeds);
    return (name: string, count?: number) => all[name]!.data.slice(0, count);
  }

  masksFed = (heads: Numbers, neurons: Numbers) => ({
    ...feedsOf(this.model, this.numbers),
    heads: hostTensor(heads.shape, Float64Array.from(heads.data)),
    neurons: hostTensor(neurons.shape, Float64Array.from(neurons.data)),
  });
}

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

async function checkGradients(
  oracle: Oracle,
  engine: Engine,
  which: 'heads' | 'neurons' | 'both' | undefined,
  tolerance: Tolerance,
) {
  const { fixture, names } = oracle;
  const masked = which && fixture.masked[which];
  const { recorder, weights, outputs, loss } = oracle.recordBatch();
  const expected = masked ? masked.gradients : fixture.gradients;
  const slopes = expected ? gradients(loss, Object.values(weights)) : [];
  const wanted = {
    loss,
    ...Object.fromEntries(outputs.map((output, b) => [`output ${b}`, output])),
    ...Object.fromEntries(slopes.map((slope, i) => [names[i]!, slope])),
  };
  const feeds = masked
    ? oracle.masksFed(masked.mask_heads, masked.mask_neurons)
    : feedsOf(oracle.model, oracle.numbers);
  const values = await compute(engine, recorder, wanted, feeds);
  const output = outputs.flatMap((_, b) => [...values[`output ${b}`]!.data]);
  expect(relativeError(output, (masked?.outputs ?? fixture.output).data)).toBeLessThan(tolerance.value);
  expect(relativeError(values['loss']!.data, [(masked ?? fixture).loss])).toBeLessThan(tolerance.value);
  const found = Object.fromEntries(names.map((parameter) => [parameter, values[parameter]?.data ?? []]));
  if (expected) expectGradients(found, expected, tolerance.gradient);
}

async function checkActivations(oracle: Oracle, engine: Engine, tolerance: number) {
  const { fixture, model, numbers } = oracle;
  const { L, H, T } = fixture.sizes;
  const activations = await oracle.activations(engine, feedsOf(model, numbers));
  const { pattern, ...others } = fixture.activations;
  for (const [inside, { data }] of Object.entries({ attention: pattern, ...others })) {
    expect(relativeError(activations(inside, data.length), data), inside).toBeLessThan(tolerance);
  }
  expect(activations('attention').length).toBe(oracle.parts[0]!.elements * L * H * T * T);
  expect(relativeError(activations('prediction', T), fixture.output.data.slice(0, T))).toBeLessThan(tolerance);
  // Scores are the logarithm of the pattern up to a number of their own for each query.
  for (let row = 0; row < L * H * T; row++) {
    const scores = [...activations('scores').slice(row * T, (row + 1) * T)];
    const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
    const softmax = scores.map((score) => Math.exp(score) / total);
    expect(relativeError(softmax, pattern.data.slice(row * T, (row + 1) * T))).toBeLessThan(tolerance);
  }
}

async function checkMasked(oracle: Oracle, engine: Engine, tolerance: number) {
  const { mask_heads, mask_neurons, outputs } = oracle.fixture.masked.both;
  const { D, H, T, F } = oracle.fixture.sizes;
  const activations = await oracle.activations(engine, oracle.masksFed(mask_heads, mask_neurons));
  const size = (T * D) / H;
  mask_heads.data.forEach((kept, i) => {
    const zHead = activations('head_output').slice(i * size, (i + 1) * size);
    expect(
      zHead.every((value) => value === 0),
      `head ${i}`,
    ).toBe(kept === 0);
  });
  mask_neurons.data.forEach((kept, i) => {
    const column = Array.from(
      { length: T },
      (_, t) => activations('neurons')[(Math.floor(i / F) * T + t) * F + (i % F)]!,
    );
    if (kept === 0)
      expect(
        column.every((value) => value === 0),
        `neuron ${i}`,
      ).toBe(true);
  });
  expect(relativeError(activations('prediction', T), outputs.data.slice(0, T))).toBeLessThan(tolerance);
}

async function checkAblations(oracle: Oracle, engine: Engine, tolerance: Tolerance) {
  const { fixture, model, numbers } = oracle;
  const { recorder, masks, loss } = oracle.recordBatch();
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
}

async function checkTraining(oracle: Oracle, engine: Engine, tolerance: number) {
  const { fixture, model, numbers } = oracle;
  const layout = layoutOf(model.parameters);
  const graph = recordAdam(oracle);
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
  expect(relativeError(losses, fixture.training.losses.data.slice(0, -1))).toBeLessThan(tolerance);
  const final = unpackNumbers(layout, (await engine.read(state['theta']!)).data);
  for (const [parameter, { data }] of Object.entries(fixture.training.final)) {
    // Its gradient is rounding noise, which Adam makes into steps of full length.
    if (parameter.endsWith('b_K')) continue;
    const errors = data.map((value, i) => Math.abs(final[parameter]![i]! - value));
    expect(Math.max(...errors), parameter).toBeLessThan(tolerance);
  }
  await program.dispose();
}

function recordAdam(oracle: Oracle) {
  const { L, H, F } = oracle.fixture.sizes;
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
  return recordTraining(recorder, {
    parameters: oracle.model.parameters,
    optimizer: optimizers.adam,
    settings: { momentum: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    schedule: { kind: 'constant', warmupSteps: 0, finalFraction: 1 },
    clip: false,
    decay: false,
    unroll: 1,
    batch: {},
    objective: (weights) => {
      const { loss } = oracle.loss(recorder, weights, masks);
      return { loss, scalars: { train_loss: loss } };
    },
  });
}
