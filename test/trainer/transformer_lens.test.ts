import { describe, expect, test } from 'vitest';
import { type HostTensor, hostTensor } from '../../src/core/tensor.ts';
import { transformerLensModel } from '../../src/trainer/measure/transformer_lens.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';
import { prunedOnTheWay, steered } from './steered.ts';

const functions = { name: 'linear_regression', dim: 3, points: 4 };
const small = { name: 'decoder', layers: 2, heads: 2, width: 8, mlp_width: 6, init_std: 0.4 };
const looped = { ...small, loops: 2, norm: 'rms', tied_embeddings: true };
const cases: readonly [string, object, object][] = [
  ['learned positions', functions, small],
  ['rotary positions, relu, wide keys', functions, { ...small, positions: 'rotary', activation: 'relu', key_width: 6 }],
  ['attention alone, no positions', functions, { ...small, mlp_width: 0, positions: 'none' }],
  ['symbols', { name: 'markov_chain', vocabulary: 3, length: 6 }, small],
  ['symbols, looped, RMS norms, tied embeddings', { name: 'markov_chain', vocabulary: 3, length: 6 }, looped],
  ['patterns', { name: 'pattern_classification', relevant: 4, irrelevant: 4, out_of_domain: 2 }, small],
];

async function lens(task: object, model: object) {
  const { snapshot } = await prunedOnTheWay(task, model);
  return { snapshot, ...transformerLensModel(snapshot, snapshot.config, 'test') };
}

describe.each([
  ['as they are', (tensors: Tensors) => tensors],
  ['folded as it folds them', folded],
] as const)('a HookedTransformer with these weights, %s, has the logits of the snapshot', (_how, processed) => {
  test.each(cases)('%s', async (_name, task, model) => {
    const { snapshot, tensors, config } = await lens(task, model);
    const { sequence, probe } = createExperiment(snapshot.config, 'test', snapshot.task).task;
    const { shape, data } = probe.inputs['tokens']!;
    const [prompts, tokens, features] = shape as [number, number, number];
    const weights = processed(tensors, config as unknown as Config);
    const found = Array.from({ length: prompts }, (_, p) => {
      const rows = Array.from({ length: tokens }, (_, t) => {
        const at = (p * tokens + t) * features;
        return [...data.subarray(at, at + features), 1];
      });
      const logits = hooked(rows, weights, config as unknown as Config);
      return sequence!.readout(tokens).flatMap((at) => logits[at]!);
    }).flat();
    const expected = snapshot.probe['prediction']!.data;
    expect(found).toHaveLength(expected.length);
    for (const [i, value] of found.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-5);
    expect(new Set(expected).size).toBeGreaterThan(2);
  });
});

test('names and shapes are those of its state_dict', async () => {
  const { tensors, config } = await lens(functions, small);
  const block = (n: number): Record<string, number[]> => ({
    [`blocks.${n}.ln1.w`]: [8],
    [`blocks.${n}.ln1.b`]: [8],
    [`blocks.${n}.ln2.w`]: [8],
    [`blocks.${n}.ln2.b`]: [8],
    [`blocks.${n}.attn.W_Q`]: [2, 8, 4],
    [`blocks.${n}.attn.W_K`]: [2, 8, 4],
    [`blocks.${n}.attn.W_V`]: [2, 8, 4],
    [`blocks.${n}.attn.W_O`]: [2, 4, 8],
    [`blocks.${n}.attn.b_Q`]: [2, 4],
    [`blocks.${n}.attn.b_K`]: [2, 4],
    [`blocks.${n}.attn.b_V`]: [2, 4],
    [`blocks.${n}.attn.b_O`]: [8],
    [`blocks.${n}.mlp.W_in`]: [8, 6],
    [`blocks.${n}.mlp.b_in`]: [6],
    [`blocks.${n}.mlp.W_out`]: [6, 8],
    [`blocks.${n}.mlp.b_out`]: [8],
  });
  const shapes = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
  expect(shapes).toEqual({
    'embed.W_E': [4, 8],
    'pos_embed.W_pos': [7, 8],
    ...block(0),
    ...block(1),
    'ln_final.w': [8],
    'ln_final.b': [8],
    'unembed.W_U': [8, 1],
    'unembed.b_U': [1],
  });
  expect(config).toMatchObject({ n_ctx: 7, d_vocab: 4, d_head: 4, d_mlp: 6, act_fn: 'gelu_new' });
  expect(Math.hypot(...tensors['blocks.0.attn.W_O']!.data.subarray(32))).toBe(0);
  expect(Math.hypot(...tensors['blocks.0.attn.W_O']!.data.subarray(0, 32))).toBeGreaterThan(0);
});

test('layers that are applied again are blocks with the same weights, but for what is pruned one time', async () => {
  const { tensors, config } = await lens({ name: 'markov_chain', vocabulary: 3, length: 6 }, looped);
  expect(config).toMatchObject({ n_layers: 4, normalization_type: 'RMS' });
  expect(Object.keys(tensors).filter((name) => /ln.*\.b$/.test(name))).toEqual([]);
  expect(tensors['blocks.0.attn.W_Q']).toEqual(tensors['blocks.2.attn.W_Q']);
  const ofHead = (block: number) => Math.hypot(...tensors[`blocks.${block}.attn.W_O`]!.data.subarray(32));
  expect(ofHead(0)).toBe(0);
  expect(ofHead(2)).toBeGreaterThan(0);
  const { 'embed.W_E': W_E, 'unembed.W_U': W_U } = tensors;
  expect(W_U!.shape).toEqual([8, 3]);
  for (let i = 0; i < 24; i++) expect(W_U!.data[i]).toBe(W_E!.data[(i % 3) * 8 + Math.floor(i / 3)]);
});

test('of heads that are intervened on, says which', async () => {
  const { snapshot } = await lens(functions, small);
  const mask = { ...snapshot.mask!, interventions: { L1H0: [{ kind: 'mean', amount: 1 }] } } as NonNullable<
    typeof snapshot.mask
  >;
  expect(() => transformerLensModel({ ...snapshot, mask }, snapshot.config, 'test')).toThrow(
    'test: heads are intervened on (L1H0), which no weights express',
  );
});

test('of a state space, says so', async () => {
  const { snapshot } = await prunedOnTheWay(functions, { ...small, mixer: 'state_space' });
  expect(() => transformerLensModel(snapshot, snapshot.config, 'test')).toThrow(
    'test: its layers are state spaces, which TransformerLens does not have; expected a decoder with attention',
  );
});

test('of another model than a decoder, says which it is', async () => {
  const { snapshot } = await steered({ 'train.steps': 4 }, []);
  expect(() => transformerLensModel(snapshot, snapshot.config, 'test')).toThrow(
    'test: its model is multi_head_softmax, which TransformerLens does not have; expected a decoder',
  );
});

interface Config {
  readonly n_layers: number;
  readonly n_heads: number;
  readonly d_head: number;
  readonly eps: number;
  readonly act_fn?: 'gelu_new' | 'relu';
  readonly attn_only?: boolean;
  readonly normalization_type: 'LN' | 'RMS';
  readonly positional_embedding_type?: string;
}

type Matrix = readonly (readonly number[])[];
type Tensors = Readonly<Record<string, HostTensor>>;

/**
 * `load_and_process_state_dict` of TransformerLens 2 with `center_unembed=False`: gains and biases of norms go into the weights that
 * read them, which are centred over the residual stream, as are those that write to it; biases of values go into `b_O`. Norms
 * then keep what they begin with, gain 1 and bias 0. RMS norms have no biases, and nothing is centred.
 */
function folded(given: Tensors, { n_layers, attn_only, normalization_type }: Config): Tensors {
  const tensors: Record<string, HostTensor> = Object.fromEntries(
    Object.entries(given).map(([name, { shape, data }]) => [name, hostTensor(shape, Float64Array.from(data))]),
  );
  const centres = normalization_type === 'LN';
  /** Takes the mean over an axis away, of lengths [outer, axis, inner]. */
  const centre = (name: string, length: number, inner: number): void => {
    const { data } = tensors[name]!;
    for (let at = 0; at < data.length; at++) {
      if (Math.floor(at / inner) % length > 0) continue;
      const own = Array.from({ length }, (_, i) => at + i * inner);
      const mean = own.reduce((sum, i) => sum + data[i]!, 0) / length;
      for (const i of own) data[i]! -= mean;
    }
  };
  const fold = (norm: string, weights: string, biases: string): void => {
    const [gain, bias] = [tensors[`${norm}.w`]!.data, tensors[`${norm}.b`]?.data];
    const { shape, data } = tensors[weights]!;
    const [width, inner] = shape.slice(-2) as [number, number];
    for (let at = 0; at < data.length; at++) {
      const [outer, row, column] = [Math.floor(at / (width * inner)), Math.floor(at / inner) % width, at % inner];
      if (bias) tensors[biases]!.data[outer * inner + column]! += bias[row]! * data[at]!;
      data[at]! *= gain[row]!;
    }
    if (centres) centre(weights, width, inner);
  };
  const width = tensors['ln_final.w']!.data.length;
  for (let n = 0; n < n_layers; n++) {
    const block = `blocks.${n}`;
    for (const part of ['Q', 'K', 'V']) fold(`${block}.ln1`, `${block}.attn.W_${part}`, `${block}.attn.b_${part}`);
    if (!attn_only) fold(`${block}.ln2`, `${block}.mlp.W_in`, `${block}.mlp.b_in`);
  }
  fold('ln_final', 'unembed.W_U', 'unembed.b_U');
  const writers = /^(embed\.W_E|pos_embed\.W_pos|.*\.(W_O|b_O|W_out|b_out))$/;
  if (centres) for (const name of Object.keys(tensors)) if (writers.test(name)) centre(name, width, 1);
  for (let n = 0; n < n_layers; n++) {
    const [W_O, b_O, b_V] = ['W_O', 'b_O', 'b_V'].map((name) => tensors[`blocks.${n}.attn.${name}`]!.data);
    W_O!.forEach((weight, at) => {
      b_O![at % width]! += b_V![Math.floor(at / width)]! * weight;
    });
    b_V!.fill(0);
  }
  for (const [name, { data }] of Object.entries(tensors))
    if (/ln\w+\.[wb]$/.test(name)) data.fill(name.endsWith('w') ? 1 : 0);
  return tensors;
}

/**
 * The forward pass of TransformerLens 2 in float64, from its documented conventions: embedding by `W_E` (here of tokens that are
 * no one-hot vectors), `W_pos` added, blocks x + attn(ln1(x)), x + mlp(ln2(x)), then `ln_final` and `W_U`.
 */
function hooked(tokens: Matrix, tensors: Tensors, config: Config): Matrix {
  const vector = (name: string): number[] => Array.from(tensors[name]!.data);
  /** A matrix, or that of a head. */
  const matrix = (name: string, head = 0): Matrix => {
    const { shape, data } = tensors[name]!;
    const [rows, columns] = shape.slice(-2) as [number, number];
    const from = head * rows * columns;
    return Array.from({ length: rows }, (_, r) =>
      Array.from(data.subarray(from + r * columns, from + (r + 1) * columns)),
    );
  };
  const norm = (x: Matrix, name: string): Matrix => {
    const isRms = config.normalization_type === 'RMS';
    const w = vector(`${name}.w`);
    const b = isRms ? w.map(() => 0) : vector(`${name}.b`);
    return x.map((row) => {
      const mean = isRms ? 0 : row.reduce((sum, one) => sum + one, 0) / row.length;
      const scale = Math.sqrt(row.reduce((sum, one) => sum + (one - mean) ** 2, 0) / row.length + config.eps);
      return row.map((one, i) => ((one - mean) / scale) * w[i]! + b[i]!);
    });
  };
  const attention = (x: Matrix, block: string): Matrix => {
    const heads = Array.from({ length: config.n_heads }, (_, head) => {
      const bias = (part: string) =>
        vector(`${block}.b_${part}`).slice(head * config.d_head, (head + 1) * config.d_head);
      const project = (part: string) => plus(times(x, matrix(`${block}.W_${part}`, head)), bias(part));
      const turn = config.positional_embedding_type === 'rotary' ? rotated : (rows: Matrix) => rows;
      const [q, k, v] = [turn(project('Q')), turn(project('K')), project('V')];
      const pattern = q.map((query, t) => {
        const powers = k.slice(0, t + 1).map((key) => Math.exp(dot(query, key) / Math.sqrt(config.d_head)));
        const sum = powers.reduce((total, power) => total + power, 0);
        return powers.map((power) => power / sum);
      });
      const z = pattern.map((weights) => times([weights], v.slice(0, weights.length))[0]!);
      return times(z, matrix(`${block}.W_O`, head));
    });
    return plus(heads.reduce(added), vector(`${block}.b_O`));
  };
  const perceptron = (x: Matrix, block: string): Matrix => {
    const before = plus(times(x, matrix(`${block}.W_in`)), vector(`${block}.b_in`));
    const neurons = before.map((row) => row.map(config.act_fn === 'relu' ? (one) => Math.max(0, one) : geluNew));
    return plus(times(neurons, matrix(`${block}.W_out`)), vector(`${block}.b_out`));
  };
  const embedded = times(tokens, matrix('embed.W_E'));
  let x = tensors['pos_embed.W_pos'] ? added(embedded, matrix('pos_embed.W_pos').slice(0, tokens.length)) : embedded;
  for (let n = 0; n < config.n_layers; n++) {
    x = added(x, attention(norm(x, `blocks.${n}.ln1`), `blocks.${n}.attn`));
    if (!config.attn_only) x = added(x, perceptron(norm(x, `blocks.${n}.ln2`), `blocks.${n}.mlp`));
  }
  return plus(times(norm(x, 'ln_final'), matrix('unembed.W_U')), vector('unembed.b_U'));
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, one, i) => sum + one * b[i]!, 0);
const times = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, one, i) => sum + one * b[i]![j]!, 0)));
const plus = (a: Matrix, b: readonly number[]): Matrix => a.map((row) => row.map((one, i) => one + b[i]!));
const added = (a: Matrix, b: Matrix): Matrix => a.map((row, r) => row.map((one, i) => one + b[r]![i]!));
const geluNew = (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** `calculate_sin_cos_rotary` and `rotate_every_two` without adjacent pairs. */
function rotated(x: Matrix): Matrix {
  return x.map((row, place) => {
    const half = row.length / 2;
    return row.map((one, j) => {
      const angle = place / 10_000 ** ((j % half) / half);
      const other = j < half ? -row[j + half]! : row[j - half]!;
      return one * Math.cos(angle) + other * Math.sin(angle);
    });
  });
}
