import { UserError } from '../core/errors.ts';
import type { ParameterSpec } from '../graph/parameters.ts';
import type { Recorder, SymbolicTensor } from '../graph/symbolic.ts';
import type { Axis } from '../graph/types.ts';
import type { Sequence, Task } from '../tasks/contract.ts';
import type { Model, ModelDefinition } from './contract.ts';
import { attendable, given, pick } from './decoder/causal.ts';
import { type DecoderSettings, decoderSchema, requireTogether, usualConvolution } from './decoder/settings.ts';
import { layerStack, normalised, preNorm, type StackMasks } from './transformer/layer.ts';
import type { LayerSettings } from './transformer/mixing.ts';
import { type TransformerRun, transformerModel } from './transformer/model.ts';
import { initialTransformer, layerParameters, normParameters, under } from './transformer/parameters.ts';
import { type TransformerSizes, transformerSizes } from './transformer/sizes.ts';
import { tokenEmbeddings } from './transformer/token_embeddings.ts';
import { withWidthRates } from './transformer/width_scaling.ts';

type Weights = Readonly<Record<string, SymbolicTensor>>;
type Prompts = Readonly<Record<string, SymbolicTensor>>;

/**
 * Causal pre-norm transformer, with learned positions unless told otherwise (Radford et al. 2019, GPT-2; Garg et al. 2022,
 * section 3; Li et al. 2024, arXiv 2402.15607, section 5), for tasks whose prompts are sequences of tokens:
 *
 *     x ← token in.W + in.b + pos;  per layer x ← x + attention(ln1(x)), x ← x + mlp(ln2(x)) if it has neurons;
 *     prediction = final(x) out.W + out.b at the positions that the task reads out.
 *
 * Where tokens are one-hot, a row of in.W embeds a symbol and a column of out.W reads it out; tied (Press and Wolf 2017), out.W is
 * in.Wᵀ. Looped, layers are applied again with the same parameters (Giannou et al. 2023): masks and activations count every time as
 * a layer. A token attends to itself and earlier ones; in place of attention there may be a state space, see `stateSpace`.
 *
 * Activations: those of `activationsOf`, the last layer's before the final norm, `embedded` [P, T, D], `prediction` as of
 * `predict`, and, where there are attention, neurons and one number predicted, those of `tokenEmbeddings`.
 */
export const decoder: ModelDefinition<DecoderSettings> = {
  name: 'decoder',
  title: 'Causal transformer decoder (GPT-2 style)',
  schema: decoderSchema,
  create(settings, task): Model {
    const sizes = transformerSizes(settings);
    const { sequence, probeTokens } = sequenceOf(task);
    requireTogether(settings, sizes, sequence, task);
    const ratio = settings.base_width === 'none' ? 1 : sizes.width / settings.base_width;
    const parameters = withWidthRates(parametersOf(sizes, settings, sequence), ratio);
    return transformerModel({
      definition: decoder,
      settings,
      sizes,
      parameters,
      probeTokens,
      attends: { causal: true },
      isStateSpace: settings.mixer === 'state_space',
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

function parametersOf(
  sizes: TransformerSizes,
  { positions, norm, tied_embeddings, mixer, conv_width }: DecoderSettings,
  sequence: Sequence,
): ParameterSpec[] {
  const model = { name: 'model', size: sizes.width };
  const output = { name: 'output', size: sequence.outputs ?? 1 };
  const convWidth = conv_width === 'default' ? usualConvolution : conv_width;
  return [
    { name: 'in.W', shape: [{ name: 'feature', size: sequence.width }, model] },
    { name: 'in.b', shape: [model] },
    ...(positions === 'learned' ? [{ name: 'pos', shape: [{ name: 'token', size: sequence.length }, model] }] : []),
    ...layerParameters(sizes, { norm, convWidth: mixer === 'state_space' ? convWidth : undefined }),
    ...normParameters('final', norm, sizes.width),
    ...(tied_embeddings ? [] : [{ name: 'out.W', shape: [model, output] }]),
    { name: 'out.b', shape: [output] },
  ];
}

interface Decoder {
  readonly settings: DecoderSettings;
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
  masks: StackMasks,
  { settings, sizes, sequence }: Decoder,
  prompts: Prompts,
  wanted: 'read out' | 'all',
): TransformerRun {
  const { heads, activation, positions, norm, mixer } = settings;
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
    stateSpace: mixer === 'state_space',
    ...(present && { present }),
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
  const isShown = wanted === 'all' && masks.neurons && isOne && mixer === 'attention';
  const more = isShown ? tokenEmbeddings(weights, sizes, norm) : {};
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
