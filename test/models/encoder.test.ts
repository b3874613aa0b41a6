import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { RandomStream } from '../../src/core/random.ts';
import { loadEngine } from '../../src/engine/registry.ts';
import { encoder } from '../../src/models/encoder.ts';
import { representationRegression } from '../../src/tasks/representation_regression.ts';
import { encoderFixture, encoderParts } from '../fixtures/encoder.ts';
import { relativeError } from '../fixtures/yang.ts';
import { contextOf } from '../tasks/context.ts';
import { compute, feedsOf, recordNetwork } from './network.ts';
import { describeTransformer } from './transformer_oracle.ts';

describeTransformer('encoder', encoderFixture, encoderParts);

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
    const outputs = { ...forward.activations({ labels: shown }), prediction: forward.predict({ labels: shown }) };
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
