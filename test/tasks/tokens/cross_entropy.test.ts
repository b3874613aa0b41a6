import { describe, expect, it } from 'vitest';
import { hostTensor } from '../../../src/core/tensor.ts';
import { loadEngine } from '../../../src/engine/registry.ts';
import { gradients } from '../../../src/graph/gradient.ts';
import { Recorder } from '../../../src/graph/symbolic.ts';
import { decoder } from '../../../src/models/decoder.ts';
import { markovChain } from '../../../src/tasks/markov_chain.ts';
import { crossEntropy, logSoftmax } from '../../../src/tasks/tokens/cross_entropy.ts';
import { oneHot } from '../../../src/tasks/tokens/symbols.ts';
import { guardedTask } from '../../../src/trainer/plugins/contracts.ts';
import reference from '../../fixtures/tokens.json' with { type: 'json' };
import { relativeError } from '../../fixtures/yang.ts';
import { compute, feedsOf, recordNetwork } from '../../models/network.ts';
import { sequenceTask } from '../../models/sequence_task.ts';
import { contextOf } from '../context.ts';

const { decoder: known } = reference;
const { sizes } = known;

describe.each([
  ['reference', 1e-9],
  ['cpu', 1e-4],
  ['wasm', 1e-4],
] as const)('a decoder of symbols on %s', (engine, tolerance) => {
  it('has the logits and the cross-entropy of independent float64 arithmetic', async () => {
    const task = sequenceTask({
      width: sizes.d_in,
      length: sizes.T,
      align: 'start',
      readout: (tokens) => Array.from({ length: tokens }, (_, t) => t),
      outputs: sizes.d_out,
    });
    const settings = { layers: sizes.L, heads: sizes.H, width: sizes.D, mlp_width: sizes.F };
    const model = decoder.create(decoder.schema.parse(settings), task);
    const { recorder, forward } = recordNetwork(model);
    const axes = (...shape: number[]) => shape.map((size, i) => ({ name: `axis ${i}`, size }));
    const tokens = recorder.input('tokens', axes(...known.input.shape));
    const prediction = forward.predict({ tokens });
    const target = recorder.constant(prediction.shape, oneHot(known.target.data, sizes.d_out));
    const parameters = Object.fromEntries(
      Object.entries(known.parameters as Record<string, { data: number[] }>).map(([name, { data }]) => [name, data]),
    );
    const values = await compute(
      await loadEngine(engine),
      recorder,
      {
        prediction,
        loss: crossEntropy(prediction, target).mean(),
        shown: forward.activations({ tokens })['prediction']!,
      },
      {
        ...feedsOf(model, parameters),
        tokens: hostTensor(known.input.shape, Float64Array.from(known.input.data)),
      },
    );
    expect(values['prediction']!.shape).toEqual(known.output.shape);
    expect(relativeError(values['prediction']!.data, known.output.data)).toBeLessThan(tolerance);
    expect(relativeError(values['shown']!.data, known.output.data)).toBeLessThan(tolerance);
    expect(Math.abs(values['loss']!.data[0]! - known.loss)).toBeLessThan(tolerance);
  });

  it('has finite losses and gradients however sure a prediction is', async () => {
    const recorder = new Recorder();
    const shape = [
      { name: 'prompt', size: 3 },
      { name: 'symbol', size: 2 },
    ];
    const logits = recorder.input('logits', shape);
    const target = recorder.input('target', shape);
    const losses = crossEntropy(logits, target);
    const [slope] = gradients(losses.sum(), [logits]);
    const values = await compute(
      await loadEngine(engine),
      recorder,
      { losses, slope: slope! },
      {
        logits: hostTensor([3, 2], Float64Array.of(0, 1000, 1000, 0, 0, Math.log(3))),
        target: hostTensor([3, 2], Float64Array.of(1, 0, 1, 0, 0.25, 0.75)),
      },
    );
    const expected = [1000, 0, Math.log(4) - 0.75 * Math.log(3)];
    expect(relativeError(values['losses']!.data, expected)).toBeLessThan(1e-6);
    expect(relativeError(values['slope']!.data, [-1, 1, 0, 0, 0, 0])).toBeLessThan(1e-6);
  });
});

it('takes logarithms of shares from logits of any size', () => {
  const found = logSoftmax([1000, 1000, -1e4, 0, Math.log(2), Math.log(5)], 3);
  expect([...found.slice(0, 2)]).toEqual([-Math.LN2, -Math.LN2]);
  expect(found[2]).toBeCloseTo(-11_000 - Math.LN2, 9);
  expect([...found.slice(3)].map(Math.exp)).toEqual([1, 2, 5].map((share) => expect.closeTo(share / 8, 12)));
});

it('comes with tasks of plugins too, whose outputs are looked at', () => {
  const settings = markovChain.schema.parse({ length: 5 });
  const plugin = guardedTask(markovChain, 'chain.js').create(settings, contextOf(0));
  expect(plugin.sequence).toMatchObject({ width: 3, length: 5, outputs: 3 });
  const model = decoder.create(decoder.schema.parse({ width: 8, heads: 2 }), plugin);
  expect(model.parameters.find(({ name }) => name === 'out.W')!.shape.map(({ size }) => size)).toEqual([8, 3]);
  const create: typeof markovChain.create = (...given) => {
    const task = markovChain.create(...given);
    return { ...task, sequence: { ...task.sequence!, outputs: 0 } };
  };
  const wrong = guardedTask({ ...markovChain, create }, 'chain.js');
  expect(() => wrong.create(settings, contextOf(0))).toThrow(
    /chain\.js.*sequence\.outputs is 0.*a finite number from 1 on/,
  );
});
