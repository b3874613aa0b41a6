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
import { initialTransformer, layerParameters, normParameters, under } from './transformer/parameters.ts';
import { type TransformerSizes, transformerKeys, transformerSizes } from './transformer/sizes.ts';
import { tokenEmbeddings } from './transformer/token_embeddings.ts';
import { withWidthRates } from './transformer/width_scaling.ts';

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
  norm: z
    .enum(['layer', 'rms'])
    .default('layer')
    .describe('Norm of the stream: layer norm, or RMS norm, which takes no mean away and has no bias'),
  loops: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe('How often the layers are applied, one after the other with the same parameters; 1 unless looped'),
  tied_embeddings: z
    .boolean()
    .default(false)
    .describe('Whether the read-out is the transpose of the read-in, where tokens are the symbols that are predicted'),
  base_width: z
    .union([z.literal('none'), z.int().min(1).max(100_000)])
    .default('none')
    .describe(
      'Width for which rates and init_std were chosen: both are scaled to model.width as in the maximal update ' +
        'parametrisation (µP), heads and neurons taken to grow with it; none for as they are',
    ),
});

type Parameters = z.infer<typeof schema>;
type Weights = Readonly<Record<string, SymbolicTensor>>;
type Prompts = Readonly<Record<string, SymbolicTensor>>;

/**
 * Causal pre-norm transformer, with learned positions unless told otherwise (Radford et al. 2019, GPT-2; Garg et al. 2022, section 3; Li et al.
 * 2024, arXiv 2402.15607, section 5), for tasks whose prompts are sequences of tokens:
 *
 *     x ← token in.W + in.b + pos;  per layer x ← x + attention(ln1(x)), x ← x + mlp(ln2(x)) if it has neurons;
 *     prediction = final(x) out.W + out.b at the positions that the task reads out.
 *
 * Where tokens are one-hot, a row of in.W embeds a symbol and a column of out.W reads it out; tied (Press and Wolf 2017), out.W is
 * in.Wᵀ. Looped, layers are applied again with the same parameters (Giannou et al. 2023): masks and activations count every time as
 * a layer. A token attends to itself and earlier ones. Activations: those of `activationsOf`, the last layer's before the final norm, `embedded` [P, T, D], `prediction` as of
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
    if (settings.tied_embeddings) requireTieable(settings, sequence, task);
    const ratio = settings.base_width === 'none' ? 1 : sizes.width / settings.base_width;
    const parameters = withWidthRates(parametersOf(sizes, settings, sequence), ratio);
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
          residualScale: 1 / Math.sqrt(2 * sizes.layers * sizes.loops),
          uniform: settings.init_ends === 'uniform' ? (settings.tied_embeddings ? ['in'] : ['in', 'out']) : [],
          ratio,
        }),
      run: (recorder, weights, masks) => (prompts, wanted) =>
        decode(recorder, weights, masks, { settings, sizes, sequence }, prompts, wanted),
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

function requireTieable({ base_width }: Parameters, sequence: Sequence, { definition }: Task): void {
  if (!sequence.sameSymbols || sequence.width !== sequence.outputs) {
    throw new UserError({
      what: `model.tied_embeddings is true, but ${definition.name} does not predict the symbols that its tokens are`,
      expected: 'false, or a task such as markov_chain, repeated_sequence or modular_sums',
    });
  }
  if (base_width === 'none') return;
  throw new UserError({
    what: 'model.tied_embeddings is true with model.base_width, which needs other rates for the read-out than for the read-in',
    fix: 'leave one of them out',
  });
}

function parametersOf(
  sizes: TransformerSizes,
  { positions, norm, tied_embeddings }: Parameters,
  sequence: Sequence,
): ParameterSpec[] {
  const model = { name: 'model', size: sizes.width };
  const output = { name: 'output', size: sequence.outputs ?? 1 };
  return [
    { name: 'in.W', shape: [{ name: 'feature', size: sequence.width }, model] },
    { name: 'in.b', shape: [model] },
    ...(positions === 'learned' ? [{ name: 'pos', shape: [{ name: 'token', size: sequence.length }, model] }] : []),
    ...layerParameters(sizes, norm),
    ...normParameters('final', norm, sizes.width),
    ...(tied_embeddings ? [] : [{ name: 'out.W', shape: [model, output] }]),
    { name: 'out.b', shape: [output] },
  ];
}

interface Decoder {
  readonly settings: Parameters;
  readonly sizes: TransformerSizes;
  readonly sequence: Sequence;
}

/**
 * @param prompts `tokens` [prompt, token, feature] and, where some are absent, `present` [prompt, token]
 * @param tokens those that the last layer works on: `read out` gives the same predictions as `all` for less
 */
function decode(
  recorder: Recorder,
  weights: Weights,
  masks: Masks,
  { settings, sizes, sequence }: Decoder,
  prompts: Prompts,
  wanted: 'read out' | 'all',
): TransformerRun {
  const { heads, activation, positions, norm } = settings;
  const { tokens, present } = prompts;
  const [batch, token] = tokens!.shape as [Axis, Axis, Axis];
  const everything = Array.from({ length: token.size }, (_, t) => t);
  const readOut = sequence.readout(token.size);
  const settingsAt = (queries: readonly number[]): LayerSettings => ({
    batch,
    token,
    layers: sizes.layers,
    heads,
    activation,
    norm,
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
  const prediction = normalised(last, under(weights, 'final.'), norm)
    .matmul(weights['out.W'] ?? weights['in.W']!.transposed())
    .add(weights['out.b']!)
    .reshape([
      batch,
      { name: 'read out', size: readOut.length },
      ...(sequence.outputs === undefined ? [] : [{ name: 'output', size: sequence.outputs }]),
    ]);
  const isOne = sequence.outputs === undefined;
  const more = wanted === 'all' && masks.neurons && isOne ? tokenEmbeddings(weights, sizes, norm) : {};
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
