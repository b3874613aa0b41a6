import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { type Matrix, matrix, multiply, transpose } from '../../src/core/linalg.ts';
import { RandomStream } from '../../src/core/random.ts';
import { type HostTensor, hostTensor } from '../../src/core/tensor.ts';
import { loadEngine } from '../../src/engine/registry.ts';
import { decoder } from '../../src/models/decoder.ts';
import type { Sequence } from '../../src/tasks/contract.ts';
import { representationRegression } from '../../src/tasks/representation_regression.ts';
import { decoderFixture, decoderParts } from '../fixtures/decoder.ts';
import { relativeError } from '../fixtures/yang.ts';
import { contextOf } from '../tasks/context.ts';
import { compute, feedsOf, recordNetwork } from './network.ts';
import { sequenceTask } from './sequence_task.ts';
import { describeTransformer } from './transformer_oracle.ts';

describeTransformer('decoder', decoderFixture, decoderParts);

const sequence: Sequence = { width: 3, length: 6, align: 'end', readout: (tokens) => [tokens - 1] };
const create = (settings: object = {}, shown: Partial<Sequence> = {}) =>
  decoder.create(
    decoder.schema.parse({ layers: 2, heads: 2, width: 8, mlp_width: 6, ...settings }),
    sequenceTask({ ...sequence, ...shown }),
  );

/** Prompts [2, T, 3] whose last tokens are always the same ones. */
function prompts(count: number): HostTensor {
  const all = RandomStream.named(0, 'prompts').fillGaussian(new Float64Array(2 * 6 * 3));
  const rows = [0, 1].flatMap((p) => [...all.slice((p * 6 + 6 - count) * 3, (p + 1) * 6 * 3)]);
  return hostTensor([2, count, 3], Float64Array.from(rows));
}

/** Every parameter away from its special start. */
function weightsOf({ parameters }: ReturnType<typeof create>): Record<string, Float64Array> {
  const stream = RandomStream.named(0, 'weights');
  const draw = (shape: readonly { size: number }[]) =>
    stream.fillGaussian(new Float64Array(shape.reduce((product, axis) => product * axis.size, 1)));
  return Object.fromEntries(parameters.map(({ name, shape }) => [name, draw(shape).map((x) => 0.7 * x)]));
}

/** Predictions and activations on the float64 engine. */
async function look(
  model: ReturnType<typeof create>,
  inputs: Readonly<Record<string, HostTensor>>,
  { numbers = weightsOf(model), neurons = 1 }: { numbers?: Record<string, Float64Array>; neurons?: number } = {},
) {
  const { recorder, forward } = recordNetwork(model);
  const declared = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape }]) => [
      name,
      recorder.input(
        `prompts/${name}`,
        shape.map((size, axis) => ({ name: `axis ${axis}`, size })),
      ),
    ]),
  );
  const outputs = { ...forward.activations(declared), read: forward.predict(declared) };
  const given = feedsOf(model, numbers);
  given['neurons']?.data.fill(neurons);
  const fed = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [`prompts/${name}`, tensor]));
  return compute(await loadEngine('reference'), recorder, outputs, { ...given, ...fed });
}

describe('decoder', () => {
  it('refuses a task whose prompts are no sequences, and heads that do not divide the width', () => {
    const other = representationRegression.create(representationRegression.schema.parse({}), contextOf(0));
    expect(() => decoder.create(decoder.schema.parse({}), other)).toThrow(UserError);
    expect(() => create({ heads: 3 })).toThrow(/model\.heads is 3.*model\.width 8.*2 or 4/);
  });

  it('reads out the same whether or not the last layer works on all tokens', async () => {
    for (const readout of [() => [5], () => [0, 2, 4], () => [1, 2, 5]]) {
      const model = create({}, { readout });
      const { read, prediction } = await look(model, { tokens: prompts(6) });
      expect(read!.shape).toEqual([2, readout().length]);
      expect(relativeError(read!.data, prediction!.data)).toBeLessThan(1e-12);
      const everything = await look(create({}, { readout: (n) => [...Array(n).keys()] }), { tokens: prompts(6) });
      const expected = [0, 1].flatMap((p) => readout().map((t) => everything['read']!.data[p * 6 + t]!));
      expect(relativeError(read!.data, expected)).toBeLessThan(1e-12);
    }
  });

  it('looks back only: a later token changes no earlier prediction', async () => {
    const model = create({}, { readout: (tokens) => [...Array(tokens).keys()] });
    const tokens = prompts(6);
    const changed = { ...tokens, data: tokens.data.map((x, i) => (Math.floor(i / 3) % 6 === 3 ? x + 1 : x)) };
    const [before, after] = [await look(model, { tokens }), await look(model, { tokens: changed })];
    const same = before['read']!.data.map((x, i) => Number(x === after['read']!.data[i]!));
    expect([...same]).toEqual([1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0]);
    for (const [i, weight] of before['attention']!.data.entries()) {
      const [query, key] = [Math.floor(i / 6) % 6, i % 6];
      expect(weight > 0, `${query} to ${key}`).toBe(key <= query);
    }
  });

  it('reads a prompt with empty places in front as it reads the prompt alone', async () => {
    const model = create();
    const alone = await look(model, { tokens: prompts(4) });
    for (const filling of [0, 5]) {
      const padded = prompts(6);
      const tokens = { ...padded, data: padded.data.map((x, i) => (Math.floor(i / 3) % 6 < 2 ? filling : x)) };
      const present = hostTensor([2, 6], Float64Array.from([0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1]));
      const { read, attention } = await look(model, { tokens, present });
      expect(relativeError(read!.data, alone['read']!.data)).toBeLessThan(1e-12);
      const ofLastToken = [...attention!.data.slice(5 * 6, 6 * 6)];
      expect(ofLastToken.slice(0, 2)).toEqual([0, 0]);
      expect(relativeError(ofLastToken.slice(2), alone['attention']!.data.slice(3 * 4, 4 * 4))).toBeLessThan(1e-12);
    }
  });

  it('counts positions from the end that the task names, and does without when told so', async () => {
    const tokens = prompts(4);
    const read = async (settings: object, align: Sequence['align']) =>
      (await look(create(settings, { align }), { tokens }))['read']!.data;
    expect(relativeError(await read({}, 'start'), await read({}, 'end'))).toBeGreaterThan(1e-3);
    expect([...(await read({ positions: 'none' }, 'start'))]).toEqual([...(await read({ positions: 'none' }, 'end'))]);
    expect(create({ positions: 'none' }).parameters.map(({ name }) => name)).not.toContain('pos');
  });

  it('starts from the deviation asked for, less where layers add to the stream, and uniform ends when told so', () => {
    const sizes = { layers: 2, width: 64, mlp_width: 128 };
    const startOf = (settings: object) =>
      create({ ...sizes, ...settings }, { width: 30, length: 40 }).initial(RandomStream.named(0, 'init'));
    const deviation = (data: Float64Array) => Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
    const gaussian = startOf({ init_std: 0.05 });
    for (const name of ['in.W', 'pos', 'layers.1.attn.W_Q', 'layers.0.mlp.W_in', 'out.W']) {
      expect(deviation(gaussian[name]!) / 0.05, name).toBeCloseTo(1, name === 'out.W' ? 0 : 1);
    }
    for (const name of ['layers.0.attn.W_O', 'layers.1.mlp.W_out']) {
      expect(deviation(gaussian[name]!) / (0.05 / 2), name).toBeCloseTo(1, 1);
    }
    expect(gaussian['final.gain']!.every((gain) => gain === 1)).toBe(true);
    expect(gaussian['in.b']!.every((bias) => bias === 0)).toBe(true);
    expect(deviation(startOf({})['layers.0.mlp.W_in']!) / Math.sqrt(2 / (64 + 128))).toBeCloseTo(1, 1);

    const uniform = startOf({ init_std: 0.05, init_ends: 'uniform' });
    for (const [name, bound] of [
      ['in.W', 1 / Math.sqrt(30)],
      ['in.b', 1 / Math.sqrt(30)],
      ['out.W', 1 / 8],
    ] as const) {
      const sizes = uniform[name]!.map(Math.abs);
      expect(Math.max(...sizes), name).toBeLessThan(bound);
      expect(Math.max(...sizes), name).toBeGreaterThan(0.9 * bound);
    }
    expect(deviation(uniform['layers.1.attn.W_Q']!) / 0.05).toBeCloseTo(1, 1);
    expect(deviation(uniform['pos']!) / 0.05).toBeCloseTo(1, 1);
  });

  it("shows neurons in the space of tokens, through every layer's values, and what they add through the read-out", async () => {
    const { token_embedding: rows, token_readout: readouts } = await look(create(), { tokens: prompts(6) });
    const weights = weightsOf(create());
    const shapes = new Map(create().parameters.map(({ name, shape }) => [name, shape.map(({ size }) => size)]));
    expect(rows!.shape).toEqual([2, 6, 3]);
    expect(readouts!.shape).toEqual([2, 6]);
    const of = (name: string) => matrix(shapes.get(name)![0]!, shapes.get(name)![1]!, weights[name]!);
    const centred = ({ rows: n, columns, data }: Matrix) =>
      matrix(
        n,
        columns,
        data.map((x, i) => {
          const row = data.subarray(Math.floor(i / columns) * columns, (Math.floor(i / columns) + 1) * columns);
          return x - row.reduce((sum, value) => sum + value / columns, 0);
        }),
      );
    const scaled = (m: Matrix, gain: string) =>
      matrix(
        m.rows,
        m.columns,
        m.data.map((x, i) => x * weights[gain]![Math.floor(i / m.columns)]!),
      );
    for (const n of [0, 1]) {
      const own = `layers.${n}.`;
      const attended = multiply(centred(of('in.W')), scaled(of(`${own}attn.W_V`), `${own}ln1.gain`));
      const entering = scaled(of(`${own}mlp.W_in`), `${own}ln2.gain`);
      const embedding = transpose(multiply(multiply(attended, centred(of(`${own}attn.W_O`))), entering));
      const readout = multiply(centred(of(`${own}mlp.W_out`)), scaled(of('out.W'), 'final.gain'));
      expect(relativeError(rows!.data.slice(n * 18, (n + 1) * 18), embedding.data)).toBeLessThan(1e-12);
      expect(relativeError(readouts!.data.slice(n * 6, (n + 1) * 6), readout.data)).toBeLessThan(1e-12);
    }
  });

  it('computes without neurons what it does where all of them are masked and add no bias', async () => {
    const [whole, bare] = [create(), create({ mlp_width: 0 })];
    expect(bare.facts.neurons).toBe(0);
    expect(bare.parameters.some(({ name }) => /mlp|ln2/.test(name))).toBe(false);
    const weights = weightsOf(whole);
    const silent = Object.entries(weights).map(([name, data]) => [
      name,
      name.endsWith('mlp.b_out') ? data.map(() => 0) : data,
    ]);
    const numbers = Object.fromEntries(silent) as typeof weights;
    const masked = await look(whole, { tokens: prompts(6) }, { numbers, neurons: 0 });
    const without = await look(bare, { tokens: prompts(6) }, { numbers });
    expect(relativeError(without['read']!.data, masked['read']!.data)).toBeLessThan(1e-12);
    expect(relativeError(without['attention']!.data, masked['attention']!.data)).toBeLessThan(1e-12);
    expect(without).not.toHaveProperty('neurons');
    expect(without).not.toHaveProperty('token_embedding');
  });

  it('turns queries and keys by their places, as complex numbers, when told so', async () => {
    const model = create({ positions: 'rotary', layers: 1 });
    expect(model.parameters.some(({ name }) => name === 'pos')).toBe(false);
    const { scores, embedded, read, prediction } = await look(model, { tokens: prompts(6) });
    const weights = weightsOf(model);
    const rows = [...Array(12).keys()].map((row) => {
      const x = [...embedded!.data.slice(row * 8, (row + 1) * 8)];
      const mean = x.reduce((a, b) => a + b, 0) / 8;
      const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / 8;
      return x.map(
        (value, j) =>
          ((value - mean) / Math.sqrt(variance + 1e-5)) * weights['layers.0.ln1.gain']![j]! +
          weights['layers.0.ln1.bias']![j]!,
      );
    });
    /** Entry j of a query or key of head h. */
    const entry = (which: 'Q' | 'K', row: number, h: number, j: number) =>
      rows[row]!.reduce((sum, x, i) => sum + x * weights[`layers.0.attn.W_${which}`]![i * 8 + h * 4 + j]!, 0) +
      weights[`layers.0.attn.b_${which}`]![h * 4 + j]!;
    const [found, expected]: number[][] = [[], []];
    for (const [p, h, t] of [0, 1].flatMap((a) => [0, 1].flatMap((b) => [...Array(6).keys()].map((c) => [a, b, c])))) {
      for (let s = 0; s <= t!; s++) {
        let sum = 0;
        for (const j of [0, 1]) {
          // Re(q · conj(k) · e^{iθ(t − s)}), θ = 1 and 10000^(−1/2).
          const angle = (t! - s) * [1, 0.01][j]!;
          const [qr, qi] = [entry('Q', p! * 6 + t!, h!, j), entry('Q', p! * 6 + t!, h!, j + 2)];
          const [kr, ki] = [entry('K', p! * 6 + s, h!, j), entry('K', p! * 6 + s, h!, j + 2)];
          sum += (qr * kr + qi * ki) * Math.cos(angle) - (qi * kr - qr * ki) * Math.sin(angle);
        }
        expected!.push(sum / 2);
        found!.push(scores!.data[((p! * 2 + h!) * 6 + t!) * 6 + s]!);
      }
    }
    expect(relativeError(found!, expected!)).toBeLessThan(1e-10);
    expect(relativeError(read!.data, prediction!.data)).toBeLessThan(1e-12);
    expect(() => create({ positions: 'rotary', key_width: 3 })).toThrow(/model\.positions is rotary.*3 numbers/);
  });
});
