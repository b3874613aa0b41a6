import type { SymbolicTensor } from '../../graph/symbolic.ts';
import type { Axis } from '../../graph/types.ts';
import { givingOut, type LayerMasks, type LayerSettings, type Mixing, maskedOutput, one } from './mixing.ts';
import type { Lookup } from './parameters.ts';

/**
 * A selective state space of heads (Gu and Dao 2023; Mamba-2, Dao and Gu 2024, arXiv 2405.21060), u [batch * token, model]:
 *
 *     C, B, x = silu(conv(u W)), head by head, conv causal and channel by channel;  Δ = softplus(u W_Δ + b_Δ), a = e^(−Δ e^A);
 *     S_t = a_t S_{t−1} + Δ_t B_t x_tᵀ,  y_t = S_tᵀ C_t + D x_t,  z = y ∘ silu(u W_z),  output = concat_h(mask_h z_h) W_O.
 *
 * Computed without the states, in the dual form of section 3.2: y_t = Σ_{s ≤ t} (C_t · B_s) Δ_s (Π_{s < r ≤ t} a_r) x_s + D x_t, which costs
 * what attention does. `scores` are these weights of x_s, `pattern` their shares by magnitude, as nothing makes them sum to 1. Unlike
 * Mamba-2's, heads have B and C of their own, and no norm before W_O joins them, so that a head can be removed alone.
 */
export function stateSpace(u: SymbolicTensor, weights: Lookup, masks: LayerMasks, settings: LayerSettings): Mixing {
  const { batch, token, heads, attendable, wanted = (rows) => rows } = settings;
  const rows = u.shape[0]!;
  const head = { name: 'head', size: heads };
  const joined = weights('W_x').shape[1]!;
  const key = { name: 'key', size: joined.size / heads };
  const asking = wanted(u);
  const query = { name: 'query', size: asking.shape[0]!.size / batch.size };
  const pair = { name: 'prompt*head', size: batch.size * heads };
  const split = (x: SymbolicTensor, place: Axis) =>
    x.reshape([batch, place, head, key]).transpose([0, 2, 1, 3]).reshape([pair, place, key]);
  const [C, B, x] = ['C', 'B', 'x'].map((name) => convolved(u, weights, name, settings)) as [
    SymbolicTensor,
    SymbolicTensor,
    SymbolicTensor,
  ];

  const steps = here(u.matmul(weights('W_dt')).add(weights('b_dt')).softplus().reshape([batch, token, head]), settings);
  const logs = sumsSoFar(steps.mul(weights('A_log').exp().neg()));
  const ofQueries = wanted(logs.reshape([rows, head])).reshape([batch, query, head]);
  const perPair = (amounts: SymbolicTensor, shape: readonly Axis[]) => amounts.transpose([0, 2, 1]).reshape(shape);
  const between = perPair(ofQueries, [pair, query, one]).sub(perPair(logs, [pair, one, token]));
  const decay = (attendable ? between.add(attendable) : between).exp();
  const similar = split(wanted(C), query).matmul(split(B, token).transposed());
  const scores = similar.mul(decay).mul(perPair(steps, [pair, one, token]));

  const skipped = wanted(x)
    .reshape([batch, query, head, key])
    .mul(weights('D').reshape([head, one]));
  const y = scores
    .matmul(split(x, token))
    .reshape([batch, head, query, key])
    .add(skipped.transpose([0, 2, 1, 3]));
  const gate = asking.matmul(weights('W_z')).silu().reshape([batch, query, head, key]);
  const z = y.mul(gate.transpose([0, 2, 1, 3]));
  const headOutput = givingOut(z, masks);
  const output = headOutput
    .transpose([0, 2, 1, 3])
    .reshape([asking.shape[0]!, joined])
    .matmul(maskedOutput(weights('W_O'), masks.heads));
  const sizes = scores.square().sqrt();
  const shares = sizes.div(sizes.sum(-1, { keep: true }).add(1e-30));
  const apart = [batch, head, query, token];
  return { scores: scores.reshape(apart), pattern: shares.reshape(apart), headOutput, output };
}

/** silu(Σ_i c_i (u W)_{t − i} + b), [batch * token, head*key], of tokens that are there. */
function convolved(u: SymbolicTensor, weights: Lookup, name: string, settings: LayerSettings): SymbolicTensor {
  const { batch, token } = settings;
  const kernel = weights(`conv_${name}`);
  const [before, joined] = kernel.shape as [Axis, Axis];
  const projected = here(u.matmul(weights(`W_${name}`)).reshape([batch, token, joined]), settings);
  const width = Math.min(before.size, token.size);
  const shifted = Array.from({ length: width }, (_, i) => {
    const moved = i === 0 ? projected : projected.slice(1, 0, token.size - i).pad(1, i, 0);
    return moved.mul(kernel.slice(0, i, i + 1).reshape([joined]));
  });
  return shifted
    .reduce((sum, one) => sum.add(one))
    .add(weights(`b_${name}`))
    .silu()
    .reshape([u.shape[0]!, joined]);
}

/** Zeros in [batch, token, …] for tokens that are not there. */
function here(x: SymbolicTensor, { batch, token, present }: LayerSettings): SymbolicTensor {
  return present ? x.mul(present.reshape([batch, token, one])) : x;
}

/** Σ_{r ≤ t} of [batch, token, head]. */
function sumsSoFar(x: SymbolicTensor): SymbolicTensor {
  const token = x.shape[1]!;
  const earlier = Array.from({ length: token.size ** 2 }, (_, at) =>
    Number(at % token.size <= Math.floor(at / token.size)),
  );
  return x.recorder.constant([{ name: 'query', size: token.size }, token], earlier).matmul(x);
}
