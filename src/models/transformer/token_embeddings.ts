import { concat, type SymbolicTensor } from '../../graph/symbolic.ts';
import { type Norm, under } from './parameters.ts';
import type { TransformerSizes } from './sizes.ts';

type Weights = Readonly<Record<string, SymbolicTensor>>;

/**
 * Neurons of a pre-norm decoder in the space of its tokens, for every layer. `token_embedding` [L, F, d]: what a neuron is
 * given by the tokens that its layer attends to,
 *
 *     read-in · W_V · W_O · W_in,  with every layer norm's gain in the matrix after it,
 *
 * which for one layer without residual stream is a row of W_O W_V of Li et al. 2024 (proposition 2); and `token_readout` [L, F]:
 * what it adds to the prediction straight through the read-out, W_out · final.gain ∘ out.W, their a. Paths through other layers
 * are left out, and so is the scale that a norm divides by, which depends on the prompt. Layer norms take the mean of the
 * stream away, so that what is written into it counts less its mean; RMS norms do not. Weights are as they are, whatever the masks.
 */
export function tokenEmbeddings(
  weights: Weights,
  { layers, loops }: TransformerSizes,
  norm: Norm,
): Record<string, SymbolicTensor> {
  const readOut = gained(weights['out.W']!, weights['final.gain']!);
  const written = norm === 'layer' ? centred : (rows: SymbolicTensor) => rows;
  const each = Array.from({ length: layers * loops }, (_, n) => {
    const own = under(weights, `layers.${n % layers}.`);
    const attended = written(weights['in.W']!)
      .matmul(gained(own('attn.W_V'), own('ln1.gain')))
      .matmul(written(own('attn.W_O')));
    return {
      embedding: attended.matmul(gained(own('mlp.W_in'), own('ln2.gain'))).transposed(),
      readout: written(own('mlp.W_out')).matmul(readOut),
    };
  });
  const layer = { name: 'layer', size: 1 };
  const stack = (rows: readonly SymbolicTensor[]) =>
    concat(
      rows.map((one) => one.reshape([layer, ...one.shape])),
      'layer',
    );
  const readouts = each.map(({ readout }) => readout.reshape([readout.shape[0]!]));
  return { token_embedding: stack(each.map(({ embedding }) => embedding)), token_readout: stack(readouts) };
}

/** Rows [n, model] less their means. */
function centred(rows: SymbolicTensor): SymbolicTensor {
  const [row] = rows.shape;
  return rows.sub(rows.mean(1).reshape([row!, { name: 'one', size: 1 }]));
}

/** A matrix [model, n] that meets a stream times a gain. */
function gained(matrix: SymbolicTensor, gain: SymbolicTensor): SymbolicTensor {
  return matrix.mul(gain.reshape([matrix.shape[0]!, { name: 'one', size: 1 }]));
}
