import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import type { RandomStream } from '../core/random.ts';
import { sizeOf } from '../core/tensor.ts';
import type { ParameterSpec } from '../graph/parameters.ts';
import type { SymbolicTensor } from '../graph/symbolic.ts';
import { type Axis, lengths } from '../graph/types.ts';
import type { Task } from '../tasks/contract.ts';
import type { Donor, Masks, Model, ModelDefinition } from './contract.ts';
import { givenOutputs, mixed } from './interventions/given.ts';

const schema = z.strictObject({
  heads: z.int().min(1).max(1000).default(1).describe('Attention heads, H'),
  init_std: z.number().min(0).max(1e6).default(0.1).describe('Standard deviation of entries of p and Q at the start'),
  init: z
    .enum(['gaussian', 'label'])
    .default('gaussian')
    .describe(
      'Start: Gaussian p and Q, or p that reads the label alone and Gaussian Q between inputs alone, which does not stay ' +
        'away from the best step as some Gaussian starts do',
    ),
});

const one = (name: string): Axis => ({ name, size: 1 });

/**
 * One layer of attention without softmax over pairs z_i = (x_i, y_i) and a query z_q = (x_q, 0) (von Oswald et al. 2023, Ahn et
 * al. 2023), read out at the query's label:
 *
 *     prediction = Σ_h (1/n) Σ_i (p_hᵀ z_i) (z_iᵀ Q_h z_q).
 *
 * No residual, no positions. Its part that is linear in labels is x_qᵀ Â (1/n) Σ_i y_i x_i, a step of gradient descent preconditioned by
 * Â = Σ_h (p_y Q_xx + p_x Q_yx)ᵀ.
 *
 * Activations: `scores` z_iᵀ Q_h z_q [P, 1, H, 1, n], `attention` their shares by magnitude, as nothing makes them sum to 1,
 * `preconditioner` Â [d, d], masked, `head_magnitude` ‖p_h‖‖Q_h‖ [1, H] (Frobenius), `prediction` [P, 1].
 */
export const linearAttention: ModelDefinition<z.infer<typeof schema>> = {
  name: 'linear_attention',
  title: 'One layer of linear attention (Ahn et al. 2023)',
  schema,
  create(settings, task): Model {
    const { heads } = settings;
    const { width, examples } = pairsOf(task);
    const head = { name: 'head', size: heads };
    const [key, query] = [
      { name: 'key', size: width },
      { name: 'query', size: width },
    ];
    const parameters: ParameterSpec[] = [
      { name: 'p', shape: [head, key] },
      { name: 'Q', shape: [head, key, query] },
    ];
    return {
      definition: linearAttention,
      parameters,
      facts: {
        layers: 1,
        heads,
        neurons: 0,
        resizable: true,
        parameters: parameters.reduce((sum, { shape }) => sum + sizeOf(lengths(shape)), 0),
        pattern: { rows: 1, columns: examples, row: 'query', column: 'example' },
        // Without softmax there is no pattern to give a head.
        interventions: ['mean', 'resample', 'graft_output', 'freeze_pattern'],
      },
      initial: (stream) => initial(settings, width, stream),
      holdings: (address) =>
        'head' in address
          ? [
              { parameter: 'p', axis: 0, from: address.head, to: address.head + 1, output: true },
              { parameter: 'Q', axis: 0, from: address.head, to: address.head + 1, role: 'pattern' },
            ]
          : [],
      resized: (parts) => ({ ...settings, heads: parts.heads }),
      forward(_, { p, Q }, masks) {
        const kept = p!.mul(masks.heads.reshape([head, one('key')]));
        return {
          predict: ({ tokens }) => attend(tokens!, kept, Q!, masks).prediction,
          activations: ({ tokens }) => activationsOf(attend(tokens!, kept, Q!, masks), { p: p!, kept, Q: Q! }),
        };
      },
    };
  },
};

/** Head after head, so that more heads leave the earlier ones as they are. Zhang et al. 2023, arXiv 2306.09927, for `label`. */
function initial({ heads, init_std, init }: z.infer<typeof schema>, width: number, stream: RandomStream) {
  const [p, Q] = [new Float64Array(heads * width), new Float64Array(heads * width * width)];
  const label = width - 1;
  const isUsed = (row: number, column: number) => init === 'gaussian' || (row < label && column < label);
  for (let h = 0; h < heads; h++) {
    const ofHead = stream.fillGaussian(p.subarray(h * width, (h + 1) * width));
    if (init === 'label') ofHead.fill(0).fill(1, label);
    const square = stream.fillGaussian(Q.subarray(h * width * width, (h + 1) * width * width));
    for (let at = 0; at < square.length; at++) if (!isUsed(Math.floor(at / width), at % width)) square[at] = 0;
  }
  return { p: p.map((entry) => init_std * entry), Q: Q.map((entry) => init_std * entry) };
}

interface Run {
  /** z_iᵀ Q_h z_q [prompt, head, example]. */
  readonly scores: SymbolicTensor;
  /** Σ_i (p_hᵀ z_i) (z_iᵀ Q_h z_q), of each head by itself [prompt, head]. */
  readonly outputs: SymbolicTensor;
  /** [prompt, 1]. */
  readonly prediction: SymbolicTensor;
}

/**
 * @param tokens [prompt, token, feature and label]
 * @param p as the mask leaves it [head, key]
 * @param Q [head, key, query]
 */
function attend(tokens: SymbolicTensor, p: SymbolicTensor, Q: SymbolicTensor, masks: Omit<Masks, 'heads'>): Run {
  const [prompt, token, width] = tokens.shape as [Axis, Axis, Axis];
  const [head, key, query] = Q.shape as [Axis, Axis, Axis];
  const examples = { name: 'example', size: token.size - 1 };
  const pairs = tokens.slice(1, 0, examples.size);
  const asked = tokens.slice(1, examples.size, token.size).reshape([prompt, width]);
  const sought = asked
    .matmul(Q.reshape([{ name: 'head*key', size: head.size * key.size }, query]).transposed())
    .reshape([prompt, head, key]);
  const scores = sought.matmul(pairs.transposed());
  const values = p.expand([prompt, head, key]).matmul(pairs.transposed());
  const products = scores.mul(values);
  const outputs = products.sum(2);
  const given = (masks.donors ?? []).map((donor) => ({
    donor,
    outputs: attend(tokens, donor.parameters['p']!, donor.parameters['Q']!, {}).outputs,
  }));
  const total = masks.interventions ? givingOut(outputs, masks, given).sum(1) : products.sum([1, 2]);
  const prediction = total.mul(1 / examples.size).reshape([prompt, one('query')]);
  return { scores, outputs, prediction };
}

/** Outputs of heads [prompt, head] with a share of those for other prompts, or in other snapshots. */
function givingOut(
  outputs: SymbolicTensor,
  { interventions }: Pick<Masks, 'interventions'>,
  given: readonly { readonly donor: Donor; readonly outputs: SymbolicTensor }[],
): SymbolicTensor {
  const { mean, resample } = givenOutputs(outputs);
  const ofHeads = (amounts: SymbolicTensor) => amounts.reshape([outputs.shape[1]!]);
  return mixed(outputs, [
    [ofHeads(interventions!.mean), mean],
    [ofHeads(interventions!.resample), resample],
    ...given.map(({ donor, outputs: theirs }) => [ofHeads(donor.graft_output), theirs] as const),
  ]);
}

function activationsOf(
  { scores, prediction }: Run,
  { p, kept, Q }: Readonly<Record<'p' | 'kept' | 'Q', SymbolicTensor>>,
): Record<string, SymbolicTensor> {
  const [prompt, head, example] = scores.shape as [Axis, Axis, Axis];
  const sizes = scores.square().sqrt();
  const shares = sizes.div(sizes.sum(2, { keep: true }).add(1e-30));
  const pattern = [prompt, one('layer'), head, one('query'), example];
  const norm = (x: SymbolicTensor, axes: readonly number[]) => x.square().sum(axes).sqrt();
  return {
    attention: shares.reshape(pattern),
    scores: scores.reshape(pattern),
    preconditioner: preconditionerOf(kept, Q),
    prediction,
    head_magnitude: norm(p, [1])
      .mul(norm(Q, [1, 2]))
      .reshape([one('layer'), head]),
  };
}

/** Â = Σ_h (p_y Q_xx + p_x Q_yx)ᵀ [query, key], d × d. */
function preconditionerOf(p: SymbolicTensor, Q: SymbolicTensor): SymbolicTensor {
  const [head, key] = Q.shape as [Axis, Axis, Axis];
  const dim = key.size - 1;
  const feature = { name: 'feature', size: dim };
  const inputs = { name: 'query', size: dim };
  const ofInputs = Q.slice(2, 0, dim);
  const straight = ofInputs.slice(1, 0, dim).mul(p.slice(1, dim, dim + 1).reshape([head, one('key'), one('query')]));
  const crossed = ofInputs
    .slice(1, dim, dim + 1)
    .mul(p.slice(1, 0, dim).reshape([head, { ...key, size: dim }, one('query')]));
  return straight.add(crossed).sum(0).reshape([feature, inputs]).transposed();
}

function pairsOf({ sequence, fixed: { input_root: root }, sizes: { examples }, definition }: Task) {
  if (!sequence || !root || examples === undefined) {
    throw new UserError({
      what: `model.name is linear_attention, which cannot learn ${definition.name}`,
      expected: 'a task whose tokens are pairs of inputs and labels',
      fix: 'set task.name to pair_regression',
    });
  }
  return { width: sequence.width, examples };
}
