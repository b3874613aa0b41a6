import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import type { ParameterSpec } from '../graph/parameters.ts';
import type { Recorder, SymbolicTensor } from '../graph/symbolic.ts';
import type { Axis } from '../graph/types.ts';
import type { Sequence, Task } from '../tasks/contract.ts';
import type { Masks, Model, ModelDefinition } from './contract.ts';
import { type GivenPatterns, givenPatterns } from './interventions/given.ts';
import { type LayerSettings, layerStack, maskedScore, normalised, preNorm } from './transformer/layer.ts';
import { type TransformerRun, transformerModel } from './transformer/model.ts';
import { initialTransformer, layerParameters, under } from './transformer/parameters.ts';
import { type TransformerSizes, transformerKeys, transformerSizes } from './transformer/sizes.ts';
import { tokenEmbeddings } from './transformer/token_embeddings.ts';

const keys = transformerKeys({ layers: 3, heads: 2, width: 64, mlp_width: 256 });

const schema = z.strictObject({
  ...keys,
  mlp_width: z
    .int()
    .min(0)
    .max(100_000)
    .default(256)
    .describe('Neurons of a layer, F; 0 for layers of attention alone'),
  init_std: keys.init_std.describe(
    `${keys.init_std.description}; W_O and W_out of the L layers, which add to one stream, get 1/√(2L) of it`,
  ),
  init_ends: z
    .enum(['gaussian', 'uniform'])
    .default('gaussian')
    .describe(
      'Start of the read-in and the read-out: Gaussian as every other matrix, or uniform on ±1/√rows with their biases, ' +
        'as deep-learning frameworks do; regression needs the latter when init_std is small',
    ),
  activation: z.enum(['relu', 'gelu']).default('gelu').describe('Activation of the neurons'),
  positions: z
    .enum(['none', 'learned', 'rotary'])
    .default('learned')
    .describe('Position code: none, learned vectors added to the tokens, or queries and keys turned by their places'),
});

type Parameters = z.infer<typeof schema>;
type Weights = Readonly<Record<string, SymbolicTensor>>;
type Prompts = Readonly<Record<string, SymbolicTensor>>;

/**
 * Causal pre-norm transformer with learned positions (Radford et al. 2019, GPT-2; Garg et al. 2022, section 3; Li et al.
 * 2024, arXiv 2402.15607, section 5), for tasks whose prompts are sequences of tokens:
 *
 *     x ← token in.W + in.b + pos;  per layer x ← x + attention(ln1(x)), x ← x + mlp(ln2(x)) if it has neurons;
 *     prediction = final(x) out.W + out.b at the positions that the task reads out.
 *
 * Where tokens are one-hot, a row of in.W embeds a symbol and a column of out.W reads it out. A token attends to itself and earlier
 * ones. Activations: those of `activationsOf`, the last layer's before the final norm, `embedded` [P, T, D], `prediction` as of
 * `predict`, and, where there are neurons and one number is predicted, those of `tokenEmbeddings`.
 */
export const decoder: ModelDefinition<Parameters> = {
  name: 'decoder',
  title: 'Causal transformer decoder (GPT-2 style)',
  schema,
  create(settings, task): Model {
    const sizes = transformerSizes(settings);
    if (settings.positions === 'rotary') requireEven(sizes.keyWidth);
    const { sequence, probeTokens } = sequenceOf(task);
    const parameters = parametersOf(sizes, settings.positions, sequence);
    return transformerModel({
      definition: decoder,
      settings,
      sizes,
      parameters,
      probeTokens,
      attends: { causal: true },
      given: sequence.match ? ['previous', 'match'] : ['previous'],
      initial: (stream) =>
        initialTransformer(parameters, stream, {
          deviation: settings.init_std,
          residualScale: 1 / Math.sqrt(2 * sizes.layers),
          uniform: settings.init_ends === 'uniform' ? ['in', 'out'] : [],
        }),
      run: (recorder, weights, masks) => (prompts, wanted) =>
        decode(recorder, weights, masks, settings, sequence, prompts, wanted),
    });
  },
};

function requireEven(keyWidth: number): void {
  if (keyWidth % 2 === 0) return;
  throw new UserError({
    what: `model.positions is rotary, but the keys of a head have ${keyWidth} numbers`,
    expected: 'an even number, which makes pairs to turn',
    fix: 'set model.key_width, or model.width and model.heads',
  });
}

function parametersOf(
  sizes: TransformerSizes,
  positions: Parameters['positions'],
  sequence: Sequence,
): ParameterSpec[] {
  const model = { name: 'model', size: sizes.width };
  const output = { name: 'output', size: sequence.outputs ?? 1 };
  return [
    { name: 'in.W', shape: [{ name: 'feature', size: sequence.width }, model] },
    { name: 'in.b', shape: [model] },
    ...(positions === 'learned' ? [{ name: 'pos', shape: [{ name: 'token', size: sequence.length }, model] }] : []),
    ...layerParameters(sizes),
    { name: 'final.gain', shape: [model] },
    { name: 'final.bias', shape: [model] },
    { name: 'out.W', shape: [model, output] },
    { name: 'out.b', shape: [output] },
  ];
}

/**
 * @param prompts `tokens` [prompt, token, feature] and, where some are absent, `present` [prompt, token]
 * @param tokens those that the last layer works on: `read out` gives the same predictions as `all` for less
 */
function decode(
  recorder: Recorder,
  weights: Weights,
  masks: Masks,
  { heads, activation, positions }: Parameters,
  sequence: Sequence,
  prompts: Prompts,
  wanted: 'read out' | 'all',
): TransformerRun {
  const { tokens, present } = prompts;
  const [batch, token] = tokens!.shape as [Axis, Axis, Axis];
  const everything = Array.from({ length: token.size }, (_, t) => t);
  const readOut = sequence.readout(token.size);
  const settingsAt = (queries: readonly number[]): LayerSettings => ({
    batch,
    token,
    heads,
    activation,
    attendable: attendable(recorder, queries, token, heads, present),
    ...(masks.interventions && { given: given(recorder, queries, sequence, prompts) }),
    ...(positions === 'rotary' && { rotary: { queries, keys: everything } }),
    wanted: (rows) => pick(rows, batch, token, queries),
  });
  const layerSettings = settingsAt(everything);
  const embedded = embed(weights, tokens!, sequence);
  const model = embedded.shape[2]!;
  const records = layerStack(
    preNorm,
    embedded.reshape([{ name: 'prompt*token', size: batch.size * token.size }, model]),
    weights,
    masks,
    layerSettings,
    wanted === 'all' ? layerSettings : settingsAt(readOut),
  );
  const { output } = records.at(-1)!;
  const last = wanted === 'all' ? pick(output, batch, token, readOut) : output;
  const prediction = normalised(last, under(weights, 'final.'))
    .matmul(weights['out.W']!)
    .add(weights['out.b']!)
    .reshape([
      batch,
      { name: 'read out', size: readOut.length },
      ...(sequence.outputs === undefined ? [] : [{ name: 'output', size: sequence.outputs }]),
    ]);
  const isOne = sequence.outputs === undefined;
  const more = wanted === 'all' && masks.neurons && isOne ? tokenEmbeddings(weights, records.length) : {};
  return { embedded, records, layerSettings, prediction, more };
}

/** token in.W + in.b (+ pos), [prompt, token, model]. */
function embed({ 'in.W': W, 'in.b': b, pos }: Weights, tokens: SymbolicTensor, sequence: Sequence): SymbolicTensor {
  const [batch, token, feature] = tokens.shape;
  const rows = tokens.reshape([{ name: 'prompt*token', size: batch!.size * token!.size }, feature!]);
  const embedded = rows.matmul(W!).reshape([batch!, token!, W!.shape[1]!]);
  if (!pos) return embedded.add(b!);
  const start = sequence.align === 'end' ? sequence.length - token!.size : 0;
  return embedded.add(pos.slice(0, start, start + token!.size).add(b!));
}

/**
 * What the queries at these positions may attend to, for scores [batch * head, query, key]: to present tokens up to
 * themselves. A place that is left empty finds none; what it computes goes nowhere.
 */
function attendable(
  recorder: Recorder,
  queries: readonly number[],
  token: Axis,
  heads: number,
  present: SymbolicTensor | undefined,
): SymbolicTensor {
  const query = { name: 'query', size: queries.length };
  const key = { name: 'key', size: token.size };
  const later = queries.flatMap((t) => Array.from({ length: token.size }, (_, k) => (k <= t ? 0 : maskedScore)));
  const causal = recorder.constant([query, key], later);
  if (!present) return causal;
  const [batch] = present.shape;
  const one = (name: string) => ({ name, size: 1 });
  return present
    .mul(-maskedScore)
    .add(maskedScore)
    .reshape([batch!, one('head'), one('query'), key])
    .expand([batch!, { name: 'head', size: heads }, one('query'), key])
    .reshape([{ name: 'prompt*head', size: batch!.size * heads }, one('query'), key])
    .add(causal);
}

/** The patterns that heads can be given, for the queries at these positions. */
function given(recorder: Recorder, queries: readonly number[], { match }: Sequence, prompts: Prompts): GivenPatterns {
  const [batch, token] = prompts['tokens']!.shape as [Axis, Axis];
  const query = { name: 'query', size: queries.length };
  const key = { name: 'key', size: token.size };
  const one = { name: 'head', size: 1 };
  const entry = (of: (t: number, k: number) => number) =>
    recorder.constant(
      [query, key],
      queries.flatMap((t) => Array.from({ length: key.size }, (_, k) => of(t, k))),
    );
  const causal = entry((t, k) => (k <= t ? 0 : maskedScore));
  const there = prompts['present']
    ?.sub(1)
    .mul(-maskedScore)
    .reshape([batch, one, { name: 'query', size: 1 }, key]);
  // Where there is no token before, a query attends to itself.
  const previous = entry((t, k) => (k === t - 1 ? 1 : k === t ? 0.5 : 0));
  const matching = match && entry((t, k) => Number(k === t)).matmul(match(prompts));
  return givenPatterns(there ? there.add(causal) : causal, {
    previous,
    match: matching?.reshape([batch, one, query, key]),
  });
}

/** Of rows [batch * token, model], those of the tokens at `positions`, [batch * position, model]. */
function pick(rows: SymbolicTensor, batch: Axis, token: Axis, positions: readonly number[]): SymbolicTensor {
  if (positions.length === token.size) return rows;
  const model = rows.shape[1]!;
  const picked = { name: 'position', size: positions.length };
  const choice = positions.flatMap((t) => Array.from({ length: token.size }, (_, k) => Number(k === t)));
  return rows.recorder
    .constant([picked, token], choice)
    .matmul(rows.reshape([batch, token, model]))
    .reshape([{ name: 'prompt*position', size: batch.size * picked.size }, model]);
}

function sequenceOf({ sequence, probe, definition }: Task): { sequence: Sequence; probeTokens: number } {
  const tokens = probe.inputs['tokens'];
  if (!sequence || !tokens) {
    throw new UserError({
      what: `model.name is decoder, which cannot learn ${definition.name}`,
      expected: 'a task whose prompts are sequences of tokens',
      fix: 'set model.name to encoder or multi_head_softmax',
    });
  }
  return { sequence, probeTokens: tokens.shape[1]! };
}
