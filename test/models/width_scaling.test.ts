import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { hostTensor } from '../../src/core/tensor.ts';
import { loadEngine } from '../../src/engine/registry.ts';
import { optimizers } from '../../src/graph/optimizers/registry.ts';
import { layoutOf, packNumbers, unpackNumbers } from '../../src/graph/parameters.ts';
import type { SymbolicTensor } from '../../src/graph/symbolic.ts';
import type { TrainingOptions } from '../../src/graph/training.ts';
import type { Model } from '../../src/models/contract.ts';
import { decoder } from '../../src/models/decoder.ts';
import { plainTraining, scalar, train } from '../engine/conformance/training.ts';
import { sequenceTask, symbolSequence } from './sequence_task.ts';

const [batch, tokens, symbols] = [8, 6, 4];
const sequence = symbolSequence(symbols, tokens);
const create = (settings: object): Model =>
  decoder.create(decoder.schema.parse({ layers: 2, heads: 2, ...settings }), sequenceTask(sequence));
/** Four times as wide as its base, and that many neurons. */
const wide = { width: 32, mlp_width: 64, base_width: 8 };

const kinds: readonly [string, 'input' | 'hidden' | 'output' | 'none'][] = [
  ['in.W', 'input'],
  ['in.b', 'input'],
  ['pos', 'input'],
  ['layers.0.attn.W_Q', 'hidden'],
  ['layers.1.attn.b_Q', 'input'],
  ['layers.0.attn.W_O', 'hidden'],
  ['layers.1.ln1.gain', 'input'],
  ['layers.0.mlp.W_in', 'hidden'],
  ['layers.0.mlp.b_in', 'input'],
  ['layers.1.mlp.W_out', 'hidden'],
  ['final.bias', 'input'],
  ['out.W', 'output'],
  ['out.b', 'none'],
];

/** The logits that are asked to be those of fixed random targets. */
function trainingOf(model: Model, rule: keyof typeof optimizers, decay = false): TrainingOptions {
  const { layers, heads, neurons } = model.facts;
  const noise = (name: string) => RandomStream.named(0, name).fillGaussian(new Float64Array(batch * tokens * symbols));
  const shape = [batch, tokens, symbols].map((size, i) => ({ name: `axis ${i}`, size }));
  return {
    ...plainTraining,
    optimizer: optimizers[rule],
    settings: { momentum: 0.9, beta1: 0.9, beta2: 0.99, epsilon: 1e-12 },
    parameters: model.parameters,
    decay,
    objective(weights) {
      const { recorder } = weights['in.W'] as SymbolicTensor;
      const ones = (parts: number) =>
        recorder.constant(
          [
            { name: 'layer', size: layers },
            { name: 'part', size: parts },
          ],
          new Float64Array(layers * parts).fill(1),
        );
      const forward = model.forward(recorder as never, weights, { heads: ones(heads), neurons: ones(neurons) });
      const logits = forward.predict({ tokens: recorder.constant(shape, noise('tokens')) });
      const loss = logits
        .sub(recorder.constant(shape, noise('targets')))
        .square()
        .mean();
      return { loss, scalars: { loss, size: logits.square().mean().sqrt() } };
    },
  };
}

/** Parameters after some updates from the same start, and what was told of them. */
async function trained(model: Model, training: TrainingOptions, rate: number, updates: number, engine = 'reference') {
  const start = model.initial(RandomStream.named(0, 'init'));
  const layout = layoutOf(model.parameters);
  const theta = packNumbers(layout, start);
  const feeds = { theta: hostTensor([theta.length], theta), learning_rate: scalar(rate), weight_decay: scalar(0.5) };
  const history = await train(await loadEngine(engine as 'reference'), training, updates, feeds);
  const after = unpackNumbers(layout, Float64Array.from(history.at(-1)!['theta']!.data));
  return { start, after, sizes: history.map((outputs) => outputs['scalars/size']!.data[0]!) };
}

describe('width scaling', () => {
  it('leaves a decoder as wide as its base as it is', () => {
    const [plain, scaled] = [create({ width: 8, mlp_width: 16 }), create({ width: 8, mlp_width: 16, base_width: 8 })];
    expect(scaled.parameters).toEqual(plain.parameters);
    const start = (model: Model) => model.initial(RandomStream.named(0, 'init'));
    expect(start(scaled)).toEqual(start(plain));
  });

  it.each([
    ['sgd', { input: 4, hidden: 1, output: 1 / 4, none: 1 }],
    ['momentum', { input: 4, hidden: 1, output: 1 / 4, none: 1 }],
    ['adam', { input: 1, hidden: 1 / 4, output: 1 / 4, none: 1 }],
    ['adamw', { input: 1, hidden: 1 / 4, output: 1 / 4, none: 1 }],
  ] as const)('multiplies the rates of %s as table 3 says', async (rule, factors) => {
    const model = create(wide);
    const training = trainingOf(model, rule);
    const alike = { ...training, parameters: model.parameters.map(({ rate: _, ...spec }) => spec) };
    const [scaled, plain] = [await trained(model, training, 1e-3, 1), await trained(model, alike, 1e-3, 1)];
    for (const [name, kind] of kinds) {
      const moved = ({ start, after }: typeof plain) => after[name]!.map((value, i) => value - start[name]![i]!);
      const [own, usual] = [moved(scaled), moved(plain)];
      const largest = usual.reduce((most, value, i) => (Math.abs(value) > Math.abs(usual[most]!) ? i : most), 0);
      expect(Math.abs(usual[largest]!), name).toBeGreaterThan(0);
      expect(own[largest]! / usual[largest]!, name).toBeCloseTo(factors[kind], 9);
    }
  });

  it('leaves decoupled decay to the rate as it is', async () => {
    const model = create(wide);
    const [decayed, plain] = [true, false].map((decay) => trained(model, trainingOf(model, 'adamw', decay), 1e-3, 1));
    const [a, b] = [await decayed!, await plain!];
    for (const [name] of kinds) {
      const difference = a.after[name]!.map((value, i) => value - b.after[name]![i]! + 1e-3 * 0.5 * a.start[name]![i]!);
      expect(Math.max(...difference.map(Math.abs)), name).toBeLessThan(1e-12);
    }
  });

  it.each([
    ['a number', { init_std: 0.5 }],
    ['default', {}],
  ])('starts from the deviations of the base, scaled: %s', (_name, settings) => {
    const deviationOf = (model: Model, name: string) => {
      const data = model.initial(RandomStream.named(0, 'init'))[name]!;
      return Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
    };
    const base = { width: 64, mlp_width: 128, ...settings };
    const [small, large] = [create(base), create({ ...base, width: 256, mlp_width: 512, base_width: 64 })];
    for (const [name, factor] of [
      ['in.W', 1],
      ['pos', 1],
      ['layers.0.attn.W_K', 1 / 2],
      ['layers.1.attn.W_O', 1 / 2],
      ['layers.0.mlp.W_in', 1 / 2],
      ['out.W', 1 / 4],
    ] as const) {
      const ratio = deviationOf(large, name) / deviationOf(small, name) / factor;
      expect(Math.abs(ratio - 1), name).toBeLessThan(name.startsWith('layers') ? 0.03 : 0.25);
    }
  });

  it('starts uniform ends from the bounds of the base, scaled', () => {
    const base = { width: 64, mlp_width: 128, init_ends: 'uniform' };
    const [small, large] = [create(base), create({ ...base, width: 256, mlp_width: 512, base_width: 64 })];
    const largest = (model: Model, name: string) =>
      Math.max(...model.initial(RandomStream.named(0, 'init'))[name]!.map(Math.abs));
    expect(largest(large, 'in.W') / largest(small, 'in.W')).toBeCloseTo(1, 1);
    expect((4 * largest(large, 'out.W')) / largest(small, 'out.W')).toBeCloseTo(1, 1);
    for (const model of [small, large]) expect(largest(model, 'out.b')).toBeLessThan(1 / 8);
  });

  it('keeps logits as large after some updates of Adam, whatever the width, where equal rates do not', async () => {
    const logits = async (width: number, scaled: boolean) => {
      const model = create({ width, mlp_width: 2 * width, ...(scaled && { base_width: 16 }) });
      const { sizes } = await trained(model, trainingOf(model, 'adam'), 0.1, 5, 'cpu');
      return sizes.at(-1)!;
    };
    const growth = async (scaled: boolean) => (await logits(256, scaled)) / (await logits(64, scaled));
    const [scaled, plain] = [await growth(true), await growth(false)];
    expect(Math.abs(Math.log(scaled))).toBeLessThan(Math.log(2));
    expect(plain).toBeGreaterThan(4);
  });
});
