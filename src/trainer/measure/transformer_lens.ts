import { UserError } from '../../core/errors.ts';
import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import type { RunConfig } from '../../protocol/config.ts';
import { openMasks } from '../../protocol/mask_values.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import { createExperiment } from '../session/experiment.ts';
import { withGraftsIn } from '../session/grafts.ts';
import { requireFit } from './fit.ts';

/** Weights of a decoder for a `HookedTransformer`, and what its `HookedTransformerConfig` must be told. */
interface LensModel {
  readonly tensors: Readonly<Record<string, HostTensor>>;
  readonly config: Readonly<Record<string, unknown>>;
}

/** The settings of a decoder that its weights are read by. */
interface DecoderSettings {
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly mlp_width: number;
  readonly activation: 'relu' | 'gelu';
  readonly positions: 'none' | 'learned' | 'rotary';
  /** Absent in snapshots of earlier versions, as what follows. */
  readonly norm?: 'layer' | 'rms';
  readonly loops?: number;
}

/**
 * The decoder of a snapshot by the names and shapes of TransformerLens (https://transformerlensorg.github.io/TransformerLens,
 * `HookedTransformer`), x @ W as here: a head has matrices of its own, `blocks.L.attn.W_Q` [H, D, key width] and `W_O`
 * [H, key width, D], norms their gains and biases, not folded into what reads them. What is pruned is zero. A token is
 * its numbers followed by 1, so that the last row of `embed.W_E` [features + 1, D] is the read-in's bias. Without learned
 * positions theirs are zero. Layers that are applied again are blocks of their own, each time with the same weights, and
 * embeddings that are tied are there twice.
 * @throws UserError when the model is no decoder, or the snapshot does not fit its configuration
 */
export function transformerLensModel(saved: Snapshot, config: RunConfig, where: string): LensModel {
  if (config.model.name !== 'decoder') {
    const what = `its model is ${config.model.name}, which TransformerLens does not have`;
    throw new UserError({ where, what, expected: 'a decoder', fix: 'export it --to onnx or npz' });
  }
  if (config.model['mixer'] === 'state_space') {
    const what = 'its layers are state spaces, which TransformerLens does not have';
    throw new UserError({ where, what, expected: 'a decoder with attention', fix: 'export it --to onnx or npz' });
  }
  const experiment = createExperiment(config, where, saved.task);
  requireFit(saved, experiment, where);
  const snapshot = withGraftsIn(saved, experiment.model);
  if (snapshot.mask?.interventions) {
    const heads = Object.keys(snapshot.mask.interventions).join(', ');
    const what = `heads are intervened on (${heads}), which no weights express`;
    throw new UserError({ where, what, fix: 'restore them and save, or export it --to onnx' });
  }
  const settings = config.model as unknown as DecoderSettings;
  const { heads, width, positions, norm = 'layer' } = settings;
  const { length, width: features } = experiment.task.sequence!;
  const masks = snapshot.mask ?? openMasks(experiment.model.facts);
  const param = (name: string): HostTensor => snapshot.params[name]!;
  const readIn = [...param('in.W').data, ...param('in.b').data];
  const tensors: Record<string, HostTensor> = {
    'embed.W_E': hostTensor([features + 1, width], Float32Array.from(readIn)),
    ...(positions !== 'rotary' && {
      'pos_embed.W_pos': snapshot.params['pos'] ?? hostTensor([length, width], new Float32Array(length * width)),
    }),
    ...normOf((part) => param(`final.${part}`), 'ln_final', norm),
    'unembed.W_U': snapshot.params['out.W'] ?? transposed(param('in.W')),
    'unembed.b_U': param('out.b'),
  };
  const blocks = experiment.model.facts.layers;
  for (let n = 0; n < blocks; n++) {
    const own = (name: string): HostTensor => param(`layers.${n % settings.layers}.${name}`);
    const ofNorm = (name: string) => normOf((part) => own(`${name}.${part}`), name, norm);
    const parts = {
      ...attention(own, heads, rowOf(masks.heads, n)),
      ...ofNorm('ln1'),
      ...(settings.mlp_width > 0 && { ...ofNorm('ln2'), ...perceptron(own, rowOf(masks.neurons, n)) }),
    };
    for (const [name, tensor] of Object.entries(parts)) tensors[`blocks.${n}.${name}`] = tensor;
  }
  const keyWidth = param('layers.0.attn.b_Q').data.length / heads;
  const outputs = param('out.b').data.length;
  return { tensors, config: lensConfig(settings, { blocks, keyWidth, length, features, outputs }) };
}

function lensConfig(
  { heads, width, mlp_width, activation, positions, norm = 'layer' }: DecoderSettings,
  {
    blocks,
    keyWidth,
    length,
    features,
    outputs,
  }: Readonly<Record<'blocks' | 'keyWidth' | 'length' | 'features' | 'outputs', number>>,
): LensModel['config'] {
  const attentionOnly = { attn_only: true };
  return {
    n_layers: blocks,
    n_heads: heads,
    d_model: width,
    d_head: keyWidth,
    n_ctx: length,
    d_vocab: features + 1,
    d_vocab_out: outputs,
    ...(mlp_width > 0 ? { d_mlp: mlp_width, act_fn: activation === 'gelu' ? 'gelu_new' : 'relu' } : attentionOnly),
    normalization_type: norm === 'layer' ? 'LN' : 'RMS',
    eps: 1e-5,
    attention_dir: 'causal',
    ...(positions === 'rotary' && { positional_embedding_type: 'rotary', rotary_dim: keyWidth, rotary_base: 10_000 }),
  };
}

type Own = (name: string) => HostTensor;

/** @param kept [head], 1 or 0 */
function attention(own: Own, heads: number, kept: Kept): Record<string, HostTensor> {
  const [width, joined] = own('attn.W_Q').shape as [number, number];
  const keyWidth = joined / heads;
  const ofHeads = ({ data }: HostTensor): HostTensor => {
    const apart = new Float32Array(data.length);
    for (let i = 0; i < data.length; i++) {
      const [row, column] = [Math.floor(i / joined), i % joined];
      const [head, key] = [Math.floor(column / keyWidth), column % keyWidth];
      apart[(head * width + row) * keyWidth + key] = data[i]!;
    }
    return hostTensor([heads, width, keyWidth], apart);
  };
  const each = ['Q', 'K', 'V'].flatMap((part): [string, HostTensor][] => [
    [`attn.W_${part}`, ofHeads(own(`attn.W_${part}`))],
    [`attn.b_${part}`, hostTensor([heads, keyWidth], own(`attn.b_${part}`).data)],
  ]);
  return {
    ...Object.fromEntries(each),
    'attn.W_O': hostTensor([heads, keyWidth, width], rowsKept(own('attn.W_O'), kept).data),
    'attn.b_O': own('attn.b_O'),
  };
}

/** @param kept [neuron], 1 or 0 */
function perceptron(own: Own, kept: Kept): Record<string, HostTensor> {
  const [W_in, b_in, W_out, b_out] = ['W_in', 'b_in', 'W_out', 'b_out'].map((name) => own(`mlp.${name}`));
  return { 'mlp.W_in': W_in!, 'mlp.b_in': b_in!, 'mlp.W_out': rowsKept(W_out!, kept), 'mlp.b_out': b_out! };
}

function normOf(part: Own, name: string, norm: 'layer' | 'rms'): Record<string, HostTensor> {
  return { [`${name}.w`]: part('gain'), ...(norm === 'layer' && { [`${name}.b`]: part('bias') }) };
}

function transposed({ shape, data }: HostTensor): HostTensor {
  const [rows, columns] = shape as [number, number];
  return hostTensor(
    [columns, rows],
    Float32Array.from(data, (_, at) => data[(at % rows) * columns + Math.floor(at / rows)]!),
  );
}

type Kept = ArrayLike<number>;

const rowOf = ({ shape, data }: HostTensor, row: number): Kept => data.subarray(row * shape[1]!, (row + 1) * shape[1]!);

/** The matrix with the rows of what is pruned zero; several rows after each other belong to one part. */
function rowsKept({ shape, data }: HostTensor, kept: Kept): HostTensor {
  const size = data.length / kept.length;
  return hostTensor(
    shape,
    Float32Array.from(data, (value, i) => value * kept[Math.floor(i / size)]!),
  );
}
