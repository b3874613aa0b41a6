import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { type HostTensor, hostTensor } from '../../src/core/tensor.ts';
import { loadEngine } from '../../src/engine/registry.ts';
import { gradients } from '../../src/graph/gradient.ts';
import type { Model } from '../../src/models/contract.ts';
import { decoder } from '../../src/models/decoder.ts';
import type { Sequence } from '../../src/tasks/contract.ts';
import { relativeError } from '../fixtures/yang.ts';
import { compute, feedsOf, gaussian, gaussianParameters, recordNetwork } from './network.ts';
import { sequenceTask } from './sequence_task.ts';

const [batch, tokens, features, width, heads, keyWidth] = [3, 6, 4, 6, 2, 3];
const joined = heads * keyWidth;
const readout = [0, 2, 5];
const sequence: Sequence = { width: features, length: tokens, align: 'start', readout: () => readout };
const create = (settings: object = {}): Model =>
  decoder.create(
    decoder.schema.parse({
      layers: 2,
      heads,
      width,
      mlp_width: 0,
      mixer: 'state_space',
      positions: 'none',
      ...settings,
    }),
    sequenceTask(sequence),
  );

const shown = gaussian('tokens', batch * tokens * features, 1);
const slopeOf = gaussian('weights of the loss', batch * readout.length, 1);
type Numbers = Readonly<Record<string, Float64Array>>;
const numbersOf = (model: Model): Numbers => gaussianParameters(model, 0.7);

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const silu = (x: number) => x / (1 + Math.exp(-x));

/** x W [, + b], W [x.length, columns]. */
const times = (x: readonly number[], W: Float64Array, columns: number, b?: Float64Array) =>
  range(columns).map((j) => x.reduce((sum, value, i) => sum + value * W[i * columns + j]!, b?.[j] ?? 0));

function normalised(x: readonly number[], gain: Float64Array, bias: Float64Array) {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return x.map((value, i) => ((value - mean) / Math.sqrt(variance + 1e-5)) * gain[i]! + bias[i]!);
}

/** What a layer adds to the stream of one prompt, by going from token to token with a state for each head. */
function scanned(u: readonly number[][], own: (name: string) => Float64Array, there: readonly boolean[]): number[][] {
  const convolved = (name: string) => {
    const projected = u.map((row, t) => times(row, own(`W_${name}`), joined).map((value) => (there[t] ? value : 0)));
    const kernel = own(`conv_${name}`);
    return range(u.length).map((t) =>
      range(joined).map((j) => {
        let sum = own(`b_${name}`)[j]!;
        for (let i = 0; i < kernel.length / joined && i <= t; i++)
          sum += kernel[i * joined + j]! * projected[t - i]![j]!;
        return silu(sum);
      }),
    );
  };
  const [C, B, x] = ['C', 'B', 'x'].map(convolved) as [number[][], number[][], number[][]];
  const states = range(heads).map(() => range(keyWidth).map(() => range(keyWidth).map(() => 0)));
  return u.map((row, t) => {
    const steps = times(row, own('W_dt'), heads, own('b_dt')).map((value) =>
      there[t] ? Math.log1p(Math.exp(value)) : 0,
    );
    const gate = times(row, own('W_z'), joined);
    const out = range(joined).map((j) => {
      const [h, k] = [Math.floor(j / keyWidth), j % keyWidth];
      const first = h * keyWidth;
      const decay = Math.exp(-steps[h]! * Math.exp(own('A_log')[h]!));
      let y = own('D')[h]! * x[t]![j]!;
      for (let n = 0; n < keyWidth; n++) {
        states[h]![n]![k] = decay * states[h]![n]![k]! + steps[h]! * B[t]![first + n]! * x[t]![j]!;
        y += states[h]![n]![k]! * C[t]![first + n]!;
      }
      return y * silu(gate[j]!);
    });
    return times(out, own('W_O'), width);
  });
}

/** Predictions at the positions read out, prompt by prompt. */
function oracle(p: Numbers, layers: number, there: readonly (readonly boolean[])[], neurons = false) {
  return range(batch).flatMap((b) => {
    let x = range(tokens).map((t) =>
      times(
        [...shown.slice((b * tokens + t) * features, (b * tokens + t + 1) * features)],
        p['in.W']!,
        width,
        p['in.b']!,
      ),
    );
    for (let layer = 0; layer < layers; layer++) {
      const of = (name: string) => p[`layers.${layer}.${name}`]!;
      const added = scanned(
        x.map((row) => normalised(row, of('ln1.gain'), of('ln1.bias'))),
        (name) => of(`ssm.${name}`),
        there[b]!,
      );
      x = x.map((row, t) => row.map((value, i) => value + added[t]![i]!));
      if (!neurons) continue;
      x = x.map((row) => {
        const hidden = times(normalised(row, of('ln2.gain'), of('ln2.bias')), of('mlp.W_in'), 5, of('mlp.b_in'));
        const more = times(
          hidden.map((value) => Math.max(0, value)),
          of('mlp.W_out'),
          width,
          of('mlp.b_out'),
        );
        return row.map((value, i) => value + more[i]!);
      });
    }
    return readout.map(
      (t) => times(normalised(x[t]!, p['final.gain']!, p['final.bias']!), p['out.W']!, 1, p['out.b']!)[0]!,
    );
  });
}

const everything = range(batch).map(() => range(tokens).map(() => true));
/** Empty places at the start of two prompts. */
const some = [2, 0, 1].map((empty) => range(tokens).map((t) => t >= empty));

async function computed(engine: string, model: Model, numbers: Numbers, there?: readonly (readonly boolean[])[]) {
  const { recorder, parameters, forward } = recordNetwork(model);
  const axes = (...sizes: number[]) => sizes.map((size, i) => ({ name: `axis ${i}`, size }));
  const given = {
    tokens: recorder.input('prompts', axes(batch, tokens, features)),
    ...(there && { present: recorder.input('present', axes(batch, tokens)) }),
  };
  const read = forward.predict(given);
  const loss = read.mul(recorder.constant(read.shape, slopeOf)).sum();
  const slopes = gradients(loss, Object.values(parameters));
  const outputs = {
    ...forward.activations(given),
    read,
    ...Object.fromEntries(Object.keys(parameters).map((name, i) => [`slope of ${name}`, slopes[i]!])),
  };
  const feeds: Record<string, HostTensor> = {
    ...feedsOf(model, numbers),
    prompts: hostTensor([batch, tokens, features], shown),
    ...(there && { present: hostTensor([batch, tokens], Float64Array.from(there.flat(), Number)) }),
  };
  return compute(await loadEngine(engine), recorder, outputs, feeds);
}

const forms: readonly [string, object, boolean][] = [
  ['two layers', {}, false],
  ['a convolution of one token', { conv_width: 1 }, false],
  ['a longer convolution than prompts, and neurons', { conv_width: 9, mlp_width: 5, activation: 'relu' }, false],
  ['prompts with empty places in front', { layers: 1 }, true],
];

describe.each([
  ['reference', 1e-9, 1e-6],
  ['cpu', 1e-4, 1e-3],
  ['wasm', 1e-4, 1e-3],
] as const)(
  'a selective state space on %s, against a scan token by token in plain float64',
  (engine, ofValues, ofSlopes) => {
    it.each(forms)('%s', async (_title, settings, isPadded) => {
      const model = create(settings);
      const { layers, neurons } = model.facts;
      const numbers = numbersOf(model);
      const there = isPadded ? some : everything;
      const found = await computed(engine, model, numbers, isPadded ? there : undefined);
      const at = (changed: Numbers) => oracle(changed, layers, there, neurons > 0);
      // Of an empty place nothing is asked.
      const asked = there.flatMap((own) => readout.map((t) => Number(own[t])));
      const only = (values: ArrayLike<number>) => Array.from(values, (value, i) => value * asked[i]!);
      expect(relativeError(only(found['read']!.data), only(at(numbers)))).toBeLessThan(ofValues);
      expect(relativeError(only(found['prediction']!.data), only(at(numbers)))).toBeLessThan(ofValues);
      if (isPadded) return;
      const lossAt = (name: string, i: number, x: number) =>
        at({ ...numbers, [name]: numbers[name]!.with(i, x) }).reduce((sum, value, n) => sum + slopeOf[n]! * value, 0);
      const slopesFound = model.parameters.map(({ name }) => found[`slope of ${name}`]!.data);
      const largest = Math.max(...slopesFound.flatMap((data) => Array.from(data, Math.abs)));
      for (const [i, { name }] of model.parameters.entries()) {
        const step = 1e-5;
        const expected = Array.from(
          numbers[name]!,
          (value, n) => (lossAt(name, n, value + step) - lossAt(name, n, value - step)) / (2 * step),
        );
        expect(relativeError(slopesFound[i]!, expected, 1e-3 * largest), name).toBeLessThan(ofSlopes);
      }
    });
  },
);

describe('a decoder with a state space', () => {
  it('shows what each token takes from which, and its shares', async () => {
    const model = create({ layers: 1 });
    const { scores, attention } = await computed('reference', model, numbersOf(model));
    expect(scores!.shape).toEqual([batch, 1, heads, tokens, tokens]);
    for (let row = 0; row < batch * heads * tokens; row++) {
      const own = [...scores!.data.slice(row * tokens, (row + 1) * tokens)];
      const total = own.reduce((sum, score) => sum + Math.abs(score), 0);
      own.forEach((score, key) => {
        expect(attention!.data[row * tokens + key]).toBeCloseTo(Math.abs(score) / total, 9);
        if (key > row % tokens) expect(Math.abs(score)).toBe(0);
      });
      expect(total).toBeGreaterThan(0);
    }
    expect(scores!.data.some((score) => score < 0)).toBe(true);
  });

  it('starts as Mamba-2 does', () => {
    const start = create({ layers: 1, heads: 200, width: 200 }).initial(RandomStream.named(0, 'init'));
    const softplus = (x: number) => Math.log1p(Math.exp(x));
    const bounds: readonly [string, (x: number) => number, number, number][] = [
      ['b_dt', softplus, 1e-3, 0.1],
      ['A_log', Math.exp, 1, 16],
      ['D', (x) => x, 1, 1],
      ['conv_B', Math.abs, 0, 0.5],
    ];
    for (const [name, of, least, most] of bounds) {
      const values = start[`layers.0.ssm.${name}`]!.map(of);
      expect(Math.min(...values), name).toBeGreaterThanOrEqual(least - 1e-9);
      expect(Math.min(...values), name).toBeLessThan(least + 0.1 * (most - least) + 1e-9);
      expect(Math.max(...values), name).toBeLessThanOrEqual(most + 1e-9);
      expect(Math.max(...values), name).toBeGreaterThanOrEqual(most - 0.1 * (most - least));
    }
    expect([...start['layers.0.ssm.b_C']!]).toEqual(Array(200).fill(0));
  });

  it('offers of interventions those that need no pattern of attention', () => {
    expect(create().facts.interventions).toEqual([
      'mean',
      'resample',
      'graft_output',
      'freeze_queries',
      'freeze_keys',
      'freeze_values',
      'freeze_pattern',
    ]);
  });

  it('refuses what does not go with it', () => {
    expect(() => create({ positions: 'rotary' })).toThrow(
      /model\.positions is rotary, but a state space has no queries/,
    );
    expect(() => create({ base_width: 3 })).toThrow(/model\.base_width goes with attention only/);
    expect(() => create({ mixer: 'attention', conv_width: 2 })).toThrow(/model\.conv_width is 2, but attention has no/);
  });
});
