import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/core/random.ts';
import { type HostTensor, hostTensor } from '../../../src/core/tensor.ts';
import { loadEngine } from '../../../src/engine/registry.ts';
import { gradients } from '../../../src/graph/gradient.ts';
import { Recorder, type SymbolicTensor } from '../../../src/graph/symbolic.ts';
import { lengths } from '../../../src/graph/types.ts';
import type { Model } from '../../../src/models/contract.ts';
import { decoder } from '../../../src/models/decoder.ts';
import { parseMask } from '../../../src/protocol/mask_edits.ts';
import { editMasks, type MaskValues, openMasks } from '../../../src/protocol/mask_values.ts';
import type { Sequence } from '../../../src/tasks/contract.ts';
import { maskInputs, masksOf } from '../../../src/trainer/session/mask_inputs.ts';
import { relativeError } from '../../fixtures/yang.ts';
import { compute } from '../network.ts';
import { sequenceTask } from '../sequence_task.ts';
import { decoderOracle, type OracleSizes } from './decoder_oracle.ts';

const sizes: OracleSizes = { batch: 5, tokens: 6, features: 3, width: 4, layers: 2, heads: 2, neurons: 5 };
const readout = [2, 5];

/** Two tokens match where their first numbers have the same sign. */
function sameSign(tokens: SymbolicTensor): SymbolicTensor {
  const first = tokens.slice(2, 0, 1);
  const positive = first.step();
  const negative = first.neg().step();
  const both = (x: SymbolicTensor) => x.matmul(x.transposed());
  return both(positive).add(both(negative));
}

const sequence: Sequence = {
  width: sizes.features,
  length: sizes.tokens,
  align: 'start',
  readout: () => readout,
  match: ({ tokens }) => sameSign(tokens!),
};

function modelOf(): Model {
  const { layers, heads, width, neurons } = sizes;
  const settings = { layers, heads, width, mlp_width: neurons };
  return decoder.create(decoder.schema.parse(settings), sequenceTask(sequence));
}

function gaussian(name: string, count: number, scale = 1): Float64Array {
  return RandomStream.named(0, name)
    .fillGaussian(new Float64Array(count))
    .map((value) => scale * value);
}

const tokenNumbers = gaussian('tokens', sizes.batch * sizes.tokens * sizes.features);
const tokens = Array.from({ length: sizes.batch }, (_, b) =>
  Array.from({ length: sizes.tokens }, (_, t) =>
    Array.from({ length: sizes.features }, (_, f) => tokenNumbers[(b * sizes.tokens + t) * sizes.features + f]!),
  ),
);
const weights = gaussian('weights of the loss', sizes.batch * readout.length);
const parameters: Record<string, Float64Array> = Object.fromEntries(
  modelOf().parameters.map(({ name, shape }) => [
    name,
    gaussian(
      name,
      lengths(shape).reduce((a, b) => a * b, 1),
      0.7,
    ),
  ]),
);

const match = (b: number, t: number, k: number) => tokens[b]![t]![0]! > 0 === tokens[b]![k]![0]! > 0;

/** The loss Σ w · prediction in plain float64, with given outputs as constants where they are told. */
function lossOf(
  numbers: typeof parameters,
  { interventions = {} }: MaskValues,
  given?: ReturnType<typeof run>['outputs'],
) {
  const { predictions } = run(numbers, interventions, given);
  return predictions
    .flatMap((prompt) => readout.map((t) => prompt[t]!))
    .reduce((sum, prediction, i) => sum + weights[i]! * prediction, 0);
}

function run(
  numbers: typeof parameters,
  interventions: NonNullable<MaskValues['interventions']>,
  given?: ReturnType<typeof decoderOracle>['outputs'],
) {
  return decoderOracle(numbers, tokens, sizes, { match, interventions, ...(given && { given }) });
}

/** Central differences of the loss for every entry of a parameter. */
function slopesOf(name: string, values: MaskValues): number[] {
  const { outputs } = run(parameters, values.interventions ?? {});
  return Array.from(parameters[name]!, (value, i) => {
    const at = (x: number) => lossOf({ ...parameters, [name]: parameters[name]!.with(i, x) }, values, outputs);
    const step = 1e-5;
    return (at(value + step) - at(value - step)) / (2 * step);
  });
}

const open = openMasks(modelOf().facts);
const masked = (text: string) => (text === '' ? open : editMasks(open, parseMask(text)));

/** Predictions, the pattern, the loss and its gradients under masks, by a graph on an engine. */
async function computed(engine: string, values: MaskValues, intervened = true) {
  const model = modelOf();
  const recorder = new Recorder();
  const input = (name: string, shape: readonly { name: string; size: number }[]) => recorder.input(name, shape);
  const wrt = Object.fromEntries(model.parameters.map(({ name, shape }) => [name, input(name, shape)]));
  const shape = [sizes.batch, sizes.tokens, sizes.features].map((size, axis) => ({ name: `axis ${axis}`, size }));
  const prompts = { tokens: input('tokens', shape) };
  const forward = model.forward(recorder, wrt, masksOf(model, intervened ? { donors: 0 } : undefined, input));
  const prediction = forward.predict(prompts);
  const loss = prediction.mul(recorder.constant(prediction.shape, weights)).sum();
  const slopes = gradients(loss, Object.values(wrt));
  const names = Object.keys(wrt);
  const fed: Record<string, HostTensor> = {
    ...Object.fromEntries(
      model.parameters.map(({ name, shape: own }) => [name, hostTensor(lengths(own), parameters[name]!)]),
    ),
    tokens: hostTensor(lengths(shape), tokenNumbers),
    ...maskInputs(model, { ...values, interventions: { ...values.interventions } }),
  };
  // The inputs of interventions are there whether or not there are any.
  const none = editMasks(open, parseMask('L0H0=uniform'));
  for (const [name, tensor] of Object.entries(maskInputs(model, none))) {
    fed[name] ??= hostTensor(
      tensor.shape,
      tensor.data.map(() => (name.endsWith('temperature') ? 1 : 0)),
    );
  }
  const { attention } = forward.activations(prompts);
  return compute(
    await loadEngine(engine),
    recorder,
    {
      prediction,
      loss,
      attention: attention!,
      ...Object.fromEntries(slopes.map((slope, i) => [`∂${names[i]}`, slope])),
    },
    fed,
  );
}

const cases = [
  'L0H0=temperature*0.5,L1H1=temperature*3',
  ...['uniform', 'previous', 'match', 'mean', 'resample'].flatMap((kind) => [
    `L0H0=${kind}`,
    `L1H1=${kind}*0.3,L0H1=${kind}*0.8`,
  ]),
  'L0H1=remove*0.4',
  'L0H0=temperature*2,L0H0=match*0.5,L0H0=mean*0.25,L1H0=previous,L1H0=resample*0.6',
];

describe.each([
  ['reference', 1e-9, 1e-6],
  ['cpu', 1e-4, 1e-3],
  ['wasm', 1e-4, 1e-3],
] as const)('interventions on heads of a decoder on %s, against plain float64', (engine, ofValues, ofSlopes) => {
  it.each(cases)('%s', async (text) => {
    const values = masked(text);
    const found = await computed(engine, values);
    const { predictions, patterns } = run(parameters, values.interventions!);
    const expected = predictions.flatMap((prompt) => readout.map((t) => prompt[t]!));
    expect(relativeError(found['prediction']!.data, expected)).toBeLessThan(ofValues);
    const whole = patterns[0]!.flatMap((_, b) =>
      patterns.flatMap((layer) =>
        layer[b]!.flatMap((head) => head.flatMap((row) => [...row, ...Array(sizes.tokens - row.length).fill(0)])),
      ),
    );
    expect(relativeError(found['attention']!.data, whole)).toBeLessThan(ofValues);
    // Of so many numbers, the parameters of both layers' attention and what stands before them tell.
    const names = [
      'in.W',
      'pos',
      ...[0, 1].flatMap((layer) => ['W_Q', 'W_K', 'W_V', 'W_O'].map((name) => `layers.${layer}.attn.${name}`)),
    ];
    const slopes = Object.fromEntries(names.map((name) => [name, slopesOf(name, values)]));
    const largest = Math.max(...Object.values(slopes).flatMap((list) => list.map(Math.abs)));
    for (const name of names) {
      const error = slopes[name]!.map((slope, i) => Math.abs(slope - found[`∂${name}`]!.data[i]!) / largest);
      expect(Math.max(...error), name).toBeLessThan(ofSlopes);
    }
  });

  it('computes the very bytes of the graph without interventions where every strength is 0', async () => {
    const [without, nothing] = [await computed(engine, open, false), await computed(engine, open)];
    for (const [name, { data }] of Object.entries(without)) {
      // Its gradient is zero but for rounding.
      if (name.endsWith('b_K')) continue;
      // Gradients are summed in another order: training takes the graph without interventions where there are none.
      if (name.startsWith('∂')) expect(relativeError(nothing[name]!.data, data), name).toBeLessThan(ofValues);
      else expect(nothing[name]!.data, name).toEqual(data);
    }
  });
});
