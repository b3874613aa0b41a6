import type { HostTensor } from '../../../src/core/tensor.ts';
import type { ParameterSpec } from '../../../src/graph/parameters.ts';
import type { SymbolicTensor } from '../../../src/graph/symbolic.ts';
import type { Objective } from '../../../src/graph/training.ts';
import type { Shape } from '../../../src/graph/types.ts';
import { gaussian, given } from './numbers.ts';

const batch = { name: 'batch', size: 3 };
const token = { name: 'token', size: 4 };
const head = { name: 'head', size: 2 };
const key = { name: 'key', size: 3 };
const dim = { name: 'dim', size: 6 };
const neuron = { name: 'neuron', size: 5 };

/** Parameters of one pre-norm block: attention with two heads and a GELU layer, each behind a layer norm with gain and bias. */
export const networkParameters: readonly ParameterSpec[] = [
  { name: 'gain1', shape: [dim] },
  { name: 'bias1', shape: [dim] },
  { name: 'W_Q', shape: [head, dim, key] },
  { name: 'W_K', shape: [head, dim, key] },
  { name: 'W_V', shape: [head, dim, key] },
  { name: 'W_O', shape: [head, key, dim] },
  { name: 'gain2', shape: [dim] },
  { name: 'bias2', shape: [dim] },
  { name: 'W_in', shape: [dim, neuron] },
  { name: 'b_in', shape: [neuron] },
  { name: 'W_out', shape: [neuron, dim] },
  { name: 'readout', shape: [dim, { name: 'output', size: 1 }] },
];

export const networkBatch: Readonly<Record<string, Shape>> = {
  x: [batch, token, dim],
  y: [batch, token, { name: 'output', size: 1 }],
};

/** Start values and batches for `updates` updates. */
export const networkNumbers = (updates: number) => ({
  parameters: Object.fromEntries(
    networkParameters.map(({ name, shape }, i): [string, HostTensor] => {
      const { data, shape: lengths } = gaussian(20 + i, ...shape.map((axis) => axis.size));
      return [
        name,
        given(
          lengths,
          data.map((x) => (name.startsWith('gain') ? 1 + 0.1 * x : 0.5 * x)),
        ),
      ];
    }),
  ),
  x: gaussian(40, updates, batch.size, token.size, dim.size),
  y: gaussian(41, updates, batch.size, token.size, 1),
});

/** Mean squared error of the block's readout. */
export function networkObjective(
  parameters: Readonly<Record<string, SymbolicTensor>>,
  { x, y }: Readonly<Record<string, SymbolicTensor>>,
): Objective {
  const p = (name: string) => parameters[name]!;
  const attended = x!.add(attention(p, x!.layerNorm().mul(p('gain1')).add(p('bias1'))));
  const hidden = attended.layerNorm().mul(p('gain2')).add(p('bias2')).matmul(p('W_in')).add(p('b_in')).gelu();
  const output = attended.add(hidden.matmul(p('W_out'))).matmul(p('readout'));
  const loss = output.sub(y!).square().mean();
  return { loss, scalars: { train_loss: loss, largest: output.square().mean('token').sum() } };
}

/** x [batch, token, dim] → [batch, token, dim], heads kept apart until their outputs are added. */
function attention(p: (name: string) => SymbolicTensor, x: SymbolicTensor): SymbolicTensor {
  const everyHead = x.reshape([batch, { name: 'head', size: 1 }, token, dim]);
  const [q, k, v] = [p('W_Q'), p('W_K'), p('W_V')].map((weight) => everyHead.matmul(weight));
  const scores = q!.matmul(k!.transposed()).mul(1 / Math.sqrt(key.size));
  return scores.softmax().matmul(v!).matmul(p('W_O')).sum('head');
}
