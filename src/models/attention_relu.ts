import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import type { RandomStream } from '../core/random.ts';
import { sizeOf } from '../core/tensor.ts';
import type { ParameterSpec } from '../graph/parameters.ts';
import type { SymbolicTensor } from '../graph/symbolic.ts';
import { type Axis, lengths } from '../graph/types.ts';
import { freezeKinds } from '../protocol/interventions.ts';
import type { Sequence, Task } from '../tasks/contract.ts';
import type { Masks, Model, ModelDefinition, Strengths } from './contract.ts';
import { givenOutputs, givenPatterns, mixed } from './interventions/given.ts';
import { maskedScore } from './transformer/mixing.ts';

const size = z.int().min(1).max(10_000);
const widthOrOwn = (description: string) =>
  z
    .union([z.literal('token'), size])
    .default('token')
    .describe(description);

const schema = z.strictObject({
  neurons: size.default(64).describe('Neurons, m'),
  init_identity: z.number().min(0).max(1000).default(0.2).describe('W_Q, W_K and W_V start as this times identity, δ'),
  init_std: z.number().min(0).max(1000).default(0.02).describe('Standard deviation of W_O at the start, ξ'),
  readout: z
    .union([z.literal('default'), z.number().positive().max(1000)])
    .default('default')
    .describe('Size of the entries of a, whose signs are fair coins; default is 1/m'),
  train_readout: z.boolean().default(false).describe('Whether a is trained; in the paper it stays at its start'),
  key_dim: widthOrOwn('Rows of W_Q and W_K; token is the length of a token'),
  value_dim: widthOrOwn('Rows of W_V; token is the length of a token'),
});

type Parameters = z.infer<typeof schema>;

/**
 * One layer of softmax attention over the contexts and a perceptron (Li et al. 2024, arXiv 2402.15607, equation 2):
 *
 *     F = aᵀ relu(W_O Σ_i W_V p_i softmax_i((W_K p_i)ᵀ W_Q p_query)),
 *
 * the query being the last token. No scaling, no residual, no positions. Matrices act from the left, W p. Starts from
 * W_V = δI, W_Q and W_K equal to δ on the diagonal of the features and 0 elsewhere, Gaussian W_O and signs ±c in a.
 *
 * Activations: `attention` and `scores` [P, 1, 1, 1, l], `query` W_Q p_query [P, key], `key` W_K p [P, l, key], `neurons`
 * [P, 1, 1, F] as the mask leaves them, `neuron_embedding` rows of W_O W_V [F, d], `readout` a [F], `prediction` [P, 1];
 * `neuron_magnitude` is the norm of a row of W_O, `head_magnitude` ‖W_O W_V‖ (Frobenius).
 */
export const attentionRelu: ModelDefinition<Parameters> = {
  name: 'attention_relu',
  title: 'One layer of attention and ReLU (Li et al. 2024)',
  schema,
  create(settings, task): Model {
    const { sequence, width, features, contexts } = tokensOf(task);
    const dims = axesOf(settings, width);
    const { neuron, key, value, token } = dims;
    const parameters: ParameterSpec[] = [
      { name: 'W_Q', shape: [key, token] },
      { name: 'W_K', shape: [key, token] },
      { name: 'W_V', shape: [value, token] },
      { name: 'W_O', shape: [neuron, value] },
      { name: 'a', shape: [neuron], fixed: !settings.train_readout },
    ];
    return {
      definition: attentionRelu,
      parameters,
      facts: {
        layers: 1,
        heads: 1,
        neurons: neuron.size,
        parameters: parameters.reduce((sum, { shape }) => sum + sizeOf(lengths(shape)), 0),
        pattern: { rows: 1, columns: contexts, row: 'query', column: 'context' },
        interventions: [
          'temperature',
          'uniform',
          ...(sequence.match ? (['match'] as const) : []),
          'graft_pattern',
          'mean',
          'resample',
          'graft_output',
          ...freezeKinds,
        ],
      },
      initial: (stream) => initial(settings, dims, features, stream),
      holdings: (address) =>
        'head' in address
          ? [
              { parameter: 'W_Q', axis: 0, from: 0, to: key.size, role: 'queries' },
              { parameter: 'W_K', axis: 0, from: 0, to: key.size, role: 'keys' },
              { parameter: 'W_V', axis: 0, from: 0, to: value.size, role: 'values' },
            ]
          : ['W_O', 'a'].map((parameter) => ({ parameter, axis: 0, from: address.neuron, to: address.neuron + 1 })),
      resized: ({ neurons }) => ({ ...settings, neurons }),
      forward: (_, weights, masks) => ({
        predict: (prompts) => attend(weights, masks, prompts, sequence).prediction,
        activations: (prompts) => activationsOf(weights, attend(weights, masks, prompts, sequence)),
      }),
    };
  },
};

interface Axes {
  readonly neuron: Axis;
  readonly key: Axis;
  readonly value: Axis;
  readonly token: Axis;
}

function axesOf({ neurons, key_dim, value_dim }: Parameters, width: number): Axes {
  return {
    neuron: { name: 'neuron', size: neurons },
    key: { name: 'key', size: key_dim === 'token' ? width : key_dim },
    value: { name: 'value', size: value_dim === 'token' ? width : value_dim },
    token: { name: 'width', size: width },
  };
}

/** Neuron after neuron, each from numbers of its own, so that more neurons leave the earlier ones as they are. */
function initial(
  { init_identity: delta, init_std: deviation, readout }: Parameters,
  { neuron, key, value, token }: Axes,
  features: number,
  stream: RandomStream,
): Record<string, Float64Array> {
  const W_O = new Float64Array(neuron.size * value.size);
  const a = new Float64Array(neuron.size);
  const size = readout === 'default' ? 1 / neuron.size : readout;
  for (let n = 0; n < neuron.size; n++) {
    const row = stream.fillGaussian(W_O.subarray(n * value.size, (n + 1) * value.size));
    row.forEach((entry, i) => {
      row[i] = deviation * entry;
    });
    a[n] = stream.uniform() < 0.5 ? size : -size;
  }
  return {
    W_Q: diagonal(key.size, token.size, features, delta),
    W_K: diagonal(key.size, token.size, features, delta),
    W_V: diagonal(value.size, token.size, token.size, delta),
    W_O,
    a,
  };
}

/** `entry` on the first `count` places of the diagonal. */
function diagonal(rows: number, columns: number, count: number, entry: number): Float64Array {
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < Math.min(rows, columns, count); i++) result[i * columns + i] = entry;
  return result;
}

interface Run {
  /** Before and after the softmax over contexts [prompt, context]. */
  readonly scores: SymbolicTensor;
  readonly attention: SymbolicTensor;
  /** W_V Σ p attention, without the mask [prompt, value]. */
  readonly head: SymbolicTensor;
  /** [prompt, context, width] and [prompt, width]. */
  readonly contexts: SymbolicTensor;
  readonly query: SymbolicTensor;
  /** relu(…), as the mask leaves it [prompt, neuron]. */
  readonly neurons: SymbolicTensor;
  /** [prompt, 1]. */
  readonly prediction: SymbolicTensor;
}

/** What the model computes in another snapshot on the same prompts. */
interface Graft extends Strengths {
  readonly run: Run;
}

/**
 * @param prompts `tokens` [prompt, token, width] and, where some are absent, `present` [prompt, token], 1 for a token, 0 for a
 *   place left empty
 */
function attend(
  { W_Q, W_K, W_V, W_O, a }: Readonly<Record<string, SymbolicTensor>>,
  masks: Masks,
  prompts: Readonly<Record<string, SymbolicTensor>>,
  sequence: Sequence,
): Run {
  const present = prompts['present'];
  const tokens = prompts['tokens']!;
  const [prompt, token, width] = tokens.shape;
  const context = { name: 'context', size: token!.size - 1 };
  const one = { name: 'query', size: 1 };
  const contexts = tokens.slice(1, 0, context.size);
  const query = tokens.slice(1, context.size, token!.size).reshape([prompt!, width!]);
  // (W_K p)ᵀ W_Q p_query = pᵀ (W_Kᵀ W_Q p_query), and W_V Σ p attention: one vector a prompt instead of one a context.
  const sought = query.matmul(W_Q!.transposed()).matmul(W_K!).reshape([prompt!, one, width!]);
  const own = sought.matmul(contexts.transposed()).reshape([prompt!, context]);
  const products = masks.interventions ? own.mul(masks.interventions.temperature.reshape([])) : own;
  const allowed = present?.slice(1, 0, context.size).sub(1).mul(-maskedScore);
  const scores = allowed ? products.add(allowed) : products;
  const grafts = (masks.donors ?? []).map((donor) => ({
    ...donor,
    run: attend(donor.parameters, donor.masks, prompts, sequence),
  }));
  const attention = attending(scores.softmax(), allowed, masks, grafts, prompts, sequence);
  const mean = attention.reshape([prompt!, one, context]).matmul(contexts).reshape([prompt!, width!]);
  const head = givingOut(mean.matmul(W_V!.transposed()), masks, grafts);
  const neurons = head
    .mul(masks.heads.reshape([]))
    .matmul(W_O!.transposed())
    .relu()
    .mul(masks.neurons!.reshape(a!.shape));
  const prediction = neurons.matmul(a!.reshape([a!.shape[0]!, { name: 'readout', size: 1 }]));
  return { scores, attention, head, contexts, query, neurons, prediction };
}

/** The pattern [prompt, context] with a share of those that the head is given. */
function attending(
  pattern: SymbolicTensor,
  allowed: SymbolicTensor | undefined,
  { interventions }: Masks,
  grafts: readonly Graft[],
  prompts: Readonly<Record<string, SymbolicTensor>>,
  { match }: Sequence,
): SymbolicTensor {
  if (!interventions) return pattern;
  const [prompt, context] = pattern.shape as [Axis, Axis];
  const query = match?.(prompts)
    .slice(1, context.size, context.size + 1)
    .slice(2, 0, context.size);
  const given = givenPatterns(allowed ?? pattern.recorder.constant([context], new Float64Array(context.size)), {
    match: query?.reshape([prompt, context]),
  });
  return mixed(pattern, [
    [interventions.uniform.reshape([]), given.uniform],
    [interventions.match.reshape([]), given.match],
    ...grafts.map(({ graft_pattern, run }) => [graft_pattern.reshape([]), run.attention] as const),
  ]);
}

/** The output [prompt, value] of the head with a share of those for other prompts, or in other snapshots. */
function givingOut(output: SymbolicTensor, { interventions }: Masks, grafts: readonly Graft[]): SymbolicTensor {
  if (!interventions) return output;
  const { mean, resample } = givenOutputs(output);
  return mixed(output, [
    [interventions.mean.reshape([]), mean],
    [interventions.resample.reshape([]), resample],
    ...grafts.map(({ graft_output, run }) => [graft_output.reshape([]), run.head] as const),
  ]);
}

function activationsOf(
  { W_Q, W_K, W_V, W_O, a }: Readonly<Record<string, SymbolicTensor>>,
  { scores, attention, contexts, query, neurons, prediction }: Run,
): Record<string, SymbolicTensor> {
  const one = (name: string): Axis => ({ name, size: 1 });
  const [prompt, context] = attention.shape;
  const neuron = a!.shape[0]!;
  const pattern = [prompt!, one('layer'), one('head'), one('query'), context!];
  const embedding = W_O!.matmul(W_V!);
  return {
    attention: attention.reshape(pattern),
    scores: scores.reshape(pattern),
    query: query.matmul(W_Q!.transposed()),
    key: contexts.matmul(W_K!.transposed()),
    neurons: neurons.reshape([prompt!, one('layer'), one('query'), neuron]),
    neuron_embedding: embedding,
    readout: a!,
    prediction,
    neuron_magnitude: W_O!
      .square()
      .sum(1)
      .sqrt()
      .reshape([one('layer'), neuron]),
    head_magnitude: embedding
      .square()
      .sum()
      .sqrt()
      .reshape([one('layer'), one('head')]),
  };
}

function tokensOf({ sequence, fixed: { relevant, label_embedding: label }, sizes, definition }: Task) {
  const contexts = sizes['contexts'];
  if (!sequence || !relevant || !label || contexts === undefined) {
    throw new UserError({
      what: `model.name is attention_relu, which cannot learn ${definition.name}`,
      expected: 'a task that classifies a query by labelled contexts',
      fix: 'set task.name to pattern_classification',
    });
  }
  return { sequence, width: sequence.width, features: relevant.shape[1]!, contexts };
}
