import * as tf from '@tensorflow/tfjs';
import type { Competitor } from '../competitor.ts';
import type { PeerProblem } from '../python/peer.ts';
import { chooseBackend } from '../session.ts';

/** The encoder as one writes it for TensorFlow.js, with its own gradients and its own Adam. */
export async function tfjsScript(
  backend: 'wasm' | 'cpu',
  { learningRate, sizes, parameters, given }: PeerProblem,
): Promise<Competitor> {
  await chooseBackend(backend);
  const [layers, heads] = [sizes['layers']!, sizes['heads']!];
  const tensorOf = ({ shape, data }: { readonly shape: readonly number[]; readonly data: ArrayLike<number> }) =>
    tf.tensor(Float32Array.from(data), [...shape]);
  const p = Object.fromEntries(
    Object.entries(parameters).map(([name, numbers]) => [name, tf.variable(tensorOf(numbers))]),
  );
  const input = tensorOf(given['input']!);
  const labels = tensorOf(given['labels']!);
  const [batch, tokens] = input.shape as [number, number];
  const width = p['in.W']!.shape[1]!;
  const key = width / heads;
  const optimizer = tf.train.adam(learningRate, 0.9, 0.999, 1e-8);

  const split = (x: tf.Tensor) => x.reshape([batch, tokens, heads, key]).transpose([0, 2, 1, 3]);
  const linear = (x: tf.Tensor, W: string, b: string) => x.matMul(p[W]!).add(p[b]!);

  function attention(at: string, x: tf.Tensor): tf.Tensor {
    const [q, k, v] = ['Q', 'K', 'V'].map((name) => split(linear(x, `${at}W_${name}`, `${at}b_${name}`)));
    const pattern = tf.softmax(tf.matMul(q!, k!, false, true).mul(1 / Math.sqrt(key)));
    const z = tf
      .matMul(pattern, v!)
      .transpose([0, 2, 1, 3])
      .reshape([batch * tokens, width]);
    return linear(z, `${at}W_O`, `${at}b_O`);
  }

  function norm(at: string, x: tf.Tensor): tf.Tensor {
    const { mean, variance } = tf.moments(x, -1, true);
    const standard = x.sub(mean).div(variance.add(1e-5).sqrt());
    return standard.mul(p[`${at}gain`]!).add(p[`${at}bias`]!);
  }

  function loss(): tf.Scalar {
    let h: tf.Tensor = linear(input.reshape([batch * tokens, input.shape[2]!]), 'in.W', 'in.b');
    for (let n = 0; n < layers; n++) {
      const at = `layers.${n}.`;
      h = norm(`${at}ln1.`, h.add(attention(`${at}attn.`, h)));
      const hidden = linear(h, `${at}mlp.W_in`, `${at}mlp.b_in`).relu();
      h = norm(`${at}ln2.`, h.add(linear(hidden, `${at}mlp.W_out`, `${at}mlp.b_out`)));
    }
    // A product of numbers, as outer products of long vectors come out wrong in WebAssembly (tfjs 4.22).
    const prediction = h
      .mul(p['out.W']!.reshape([width]))
      .sum(-1)
      .add(p['out.b']!);
    return prediction.reshape(labels.shape).sub(labels).square().mean().mul(0.5);
  }

  return {
    name: `tfjs ${backend === 'wasm' ? 'wasm' : 'plain'}, a script`,
    async steps(count) {
      await chooseBackend(backend);
      let last = Number.NaN;
      for (let i = 0; i < count; i++) {
        const value = optimizer.minimize(loss, true)!;
        if (i === count - 1) last = (await value.data())[0]!;
        value.dispose();
      }
      return last;
    },
  };
}
