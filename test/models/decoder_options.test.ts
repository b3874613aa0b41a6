import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { hostTensor } from '../../src/core/tensor.ts';
import { loadEngine } from '../../src/engine/registry.ts';
import { gradients } from '../../src/graph/gradient.ts';
import type { Model } from '../../src/models/contract.ts';
import { decoder } from '../../src/models/decoder.ts';
import type { Sequence } from '../../src/tasks/contract.ts';
import { relativeError } from '../fixtures/yang.ts';
import { decoderOracle } from './interventions/decoder_oracle.ts';
import { compute, feedsOf, gaussian, gaussianParameters, recordNetwork } from './network.ts';
import { sequenceTask, symbolSequence } from './sequence_task.ts';

const [batch, tokens, symbols] = [3, 5, 4];
const sequence = symbolSequence(symbols, tokens);
const sizes = { batch, tokens, features: symbols, width: 6, layers: 2, heads: 2, neurons: 5 };
const create = (settings: object = {}, shown: Partial<Sequence> = {}): Model =>
  decoder.create(
    decoder.schema.parse({ layers: 2, heads: 2, width: 6, mlp_width: 5, ...settings }),
    sequenceTask({ ...sequence, ...shown }),
  );

const shown = gaussian('tokens', batch * tokens * symbols, 1);
const slopeOf = gaussian('weights of the loss', batch * tokens * symbols, 1);
const prompts = Array.from({ length: batch }, (_, p) =>
  Array.from({ length: tokens }, (_, t) => [
    ...shown.slice((p * tokens + t) * symbols, (p * tokens + t + 1) * symbols),
  ]),
);
type Numbers = Readonly<Record<string, Float64Array>>;
const numbersOf = (model: Model): Numbers => gaussianParameters(model, 0.6);

/** Logits, scores of all heads and the derivatives of a weighted sum of the logits, by a graph on an engine. */
async function computed(engine: string, model: Model, numbers: Numbers) {
  const { recorder, parameters, forward } = recordNetwork(model);
  const axes = [batch, tokens, symbols].map((size, i) => ({ name: `axis ${i}`, size }));
  const given = { tokens: recorder.input('prompts', axes) };
  const read = forward.predict(given);
  const loss = read.mul(recorder.constant(read.shape, slopeOf)).sum();
  const slopes = gradients(loss, Object.values(parameters));
  const { attention, prediction } = forward.activations(given);
  const outputs = {
    read,
    attention: attention!,
    prediction: prediction!,
    ...Object.fromEntries(Object.keys(parameters).map((name, i) => [`slope of ${name}`, slopes[i]!])),
  };
  const feeds = { ...feedsOf(model, numbers), prompts: hostTensor([batch, tokens, symbols], shown) };
  return compute(await loadEngine(engine), recorder, outputs, feeds);
}

const oracle = (numbers: Numbers, loops: number) =>
  decoderOracle(numbers, prompts, { ...sizes, loops }, { match: () => false, interventions: {} });

const options: readonly [string, object, number][] = [
  ['RMS norms', { norm: 'rms' }, 1],
  ['tied embeddings', { tied_embeddings: true }, 1],
  ['two layers applied three times', { loops: 3 }, 3],
  ['all of them', { norm: 'rms', tied_embeddings: true, loops: 2 }, 2],
];

describe.each([
  ['reference', 1e-9, 1e-6],
  ['cpu', 1e-4, 1e-3],
  ['wasm', 1e-4, 1e-3],
] as const)('a decoder with options on %s, against plain float64', (engine, ofValues, ofSlopes) => {
  it.each(options)('%s', async (_title, settings, loops) => {
    const model = create(settings);
    const numbers = numbersOf(model);
    const found = await computed(engine, model, numbers);
    const { logits, patterns } = oracle(numbers, loops);
    expect(relativeError(found['read']!.data, logits.flat(2))).toBeLessThan(ofValues);
    expect(relativeError(found['prediction']!.data, logits.flat(2))).toBeLessThan(ofValues);
    expect(found['attention']!.shape).toEqual([batch, 2 * loops, 2, tokens, tokens]);
    const ofPrompts = prompts.map((_, p) =>
      patterns.map((layer) =>
        layer[p]!.map((head) => head.map((row) => [...row, ...Array(tokens - row.length).fill(0)])),
      ),
    );
    expect(relativeError(found['attention']!.data, ofPrompts.flat(4))).toBeLessThan(ofValues);

    const lossAt = (name: string, i: number, x: number) =>
      oracle({ ...numbers, [name]: numbers[name]!.with(i, x) }, loops)
        .logits.flat(2)
        .reduce((sum, logit, at) => sum + slopeOf[at]! * logit, 0);
    const largest = Math.max(
      ...model.parameters.flatMap(({ name }) => [...found[`slope of ${name}`]!.data].map(Math.abs)),
    );
    for (const name of Object.keys(numbers)) {
      const step = 1e-5;
      const expected = Array.from(
        numbers[name]!,
        (value, i) => (lossAt(name, i, value + step) - lossAt(name, i, value - step)) / (2 * step),
      );
      expect(relativeError(found[`slope of ${name}`]!.data, expected, 1e-3 * largest), name).toBeLessThan(ofSlopes);
    }
  });
});

describe('options of a decoder', () => {
  it('leave out the parameters that they do without', () => {
    const namesOf = (settings: object) => create(settings).parameters.map(({ name }) => name);
    const all = namesOf({});
    const without = (settings: object) => all.filter((name) => !namesOf(settings).includes(name));
    expect(without({ norm: 'rms' })).toEqual(all.filter((name) => /(ln1|ln2|final)\.bias$/.test(name)));
    expect(without({ tied_embeddings: true })).toEqual(['out.W']);
    expect(namesOf({ loops: 3 })).toEqual(all);
    expect(create({ loops: 3 }).facts).toMatchObject({ layers: 6, loops: 3, parameters: create().facts.parameters });
    expect(create().facts).not.toHaveProperty('loops');
  });

  it('start as deep as they are applied', () => {
    const startOf = (settings: object) =>
      create(settings).initial(RandomStream.named(0, 'init'))['layers.1.attn.W_O']![5]!;
    expect(startOf({ loops: 4 }) / startOf({})).toBeCloseTo(1 / 2, 12);
    expect(startOf({ loops: 4 })).toBeCloseTo(
      create({ layers: 8 }).initial(RandomStream.named(0, 'init'))['layers.1.attn.W_O']![5]!,
      12,
    );
  });

  it('are refused where so many layers, one after the other, could not be prepared', () => {
    expect(() => create({ layers: 4, loops: 33 })).toThrow(
      /model\.layers × model\.loops is 132; expected at most 128 layers/,
    );
  });

  it('are refused where embeddings cannot be tied', () => {
    const { sameSymbols: _, ...numbers } = sequence;
    expect(() => create({ tied_embeddings: true }, { ...numbers, sameSymbols: undefined } as never)).toThrow(
      /model\.tied_embeddings is true, but representation_regression does not predict the symbols/,
    );
    expect(() => create({ tied_embeddings: true, base_width: 3 })).toThrow(
      /model\.tied_embeddings is true with model\.base_width/,
    );
  });
});
