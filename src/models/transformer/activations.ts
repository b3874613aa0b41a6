import { concat, type SymbolicTensor } from '../../graph/symbolic.ts';
import type { LayerRecord } from './layer.ts';
import { type LayerSettings, one } from './mixing.ts';
import { type Lookup, under } from './parameters.ts';
import type { TransformerSizes } from './sizes.ts';

/**
 * The activations of all layers: `attention` and `scores` [P, L, H, Tq, Tk], `head_output` [P, L, H, T, key width] and, if any,
 * `neurons` [P, L, T, F], both as the masks leave them, `layer_output` [P, L, T, D].
 */
export function activationsOf(
  records: readonly LayerRecord[],
  { batch, token }: LayerSettings,
): Record<string, SymbolicTensor> {
  const layer = { name: 'layer', size: 1 };
  const stack = (of: (record: LayerRecord) => SymbolicTensor) =>
    concat(
      records.map((record) => {
        const { shape } = of(record);
        const own = shape.length === 2 ? [token, shape[1]!] : shape.slice(1);
        return of(record).reshape([batch, layer, ...own]);
      }),
      'layer',
    );
  return {
    attention: stack(({ mixing }) => mixing.pattern),
    scores: stack(({ mixing }) => mixing.scores),
    head_output: stack(({ mixing, masks }) => {
      const [head] = masks.heads.shape;
      return mixing.headOutput.mul(masks.heads.reshape([head!, one, one]));
    }),
    ...(records[0]!.perceptron && {
      neurons: stack(({ perceptron, masks }) => perceptron!.neurons.mul(masks.neurons!)),
    }),
    layer_output: stack(({ output }) => output),
  };
}

/**
 * How large the parts of every layer are: `head_magnitude` [L, H], ‖W_V W_O‖ of a head's columns of W_V, of a state space W_x, and rows
 * of W_O (Frobenius), and, if any, `neuron_magnitude` [L, F], the norm of a neuron's row of W_out.
 */
export function magnitudesOf(
  weights: Readonly<Record<string, SymbolicTensor>>,
  { layers, loops, heads }: TransformerSizes,
): Record<string, SymbolicTensor> {
  const perLayer = (of: (lookup: Lookup) => SymbolicTensor) =>
    concat(
      Array.from({ length: layers * loops }, (_, n) => {
        const sizes = of(under(weights, `layers.${n % layers}.`));
        return sizes.reshape([{ name: 'layer', size: 1 }, sizes.shape[0]!]);
      }),
      'layer',
    );
  return {
    head_magnitude: perLayer((lookup) =>
      weights['layers.0.ssm.W_O']
        ? headMagnitude(lookup('ssm.W_x'), lookup('ssm.W_O'), heads)
        : headMagnitude(lookup('attn.W_V'), lookup('attn.W_O'), heads),
    ),
    ...(weights['layers.0.mlp.W_out'] && {
      neuron_magnitude: perLayer((lookup) => lookup('mlp.W_out').square().sum(1).sqrt()),
    }),
  };
}

/** ‖W_V W_O‖² = Σ (W_Vᵀ W_V) ∘ (W_O W_Oᵀ) for every head, from two small products instead of one of the model's width. */
function headMagnitude(W_V: SymbolicTensor, W_O: SymbolicTensor, heads: number): SymbolicTensor {
  const model = W_V.shape[0]!;
  const head = { name: 'head', size: heads };
  const key = { name: 'key', size: W_V.shape[1]!.size / heads };
  const V = W_V.reshape([model, head, key]).transpose([1, 2, 0]);
  const O = W_O.reshape([head, key, model]);
  return V.matmul(V.transposed()).mul(O.matmul(O.transposed())).sum([1, 2]).relu().sqrt();
}
