import * as tf from '@tensorflow/tfjs';
import type { Competitor } from '../competitor.ts';
import { chooseBackend } from '../session.ts';
import { adam, learningRate, type Problem } from './problem.ts';

/** The same formulas, gradients included, written for TensorFlow.js on its WebAssembly backend (SIMD where there is). */
export async function tfjsByHand(problem: Problem): Promise<Competitor> {
  const { N, K, d, H } = problem.sizes;
  await chooseBackend('wasm');
  const dictionary = tf.tensor2d(problem.tokens, [K, d]);
  const prompt = tf.tensor2d(problem.tokens.subarray(0, N * d), [N, d]);
  const gram = tf.tensor2d(problem.gram, [N, N]);
  const target = tf.tensor2d(problem.target, [N, K]);
  let state = {
    Q: tf.tensor3d(problem.Q, [H, d, d]) as tf.Tensor,
    w: tf.zeros([H, 1, K]) as tf.Tensor,
    mQ: tf.zeros([H, d, d]) as tf.Tensor,
    mw: tf.zeros([H, 1, K]) as tf.Tensor,
    vQ: tf.zeros([H, d, d]) as tf.Tensor,
    vw: tf.zeros([H, 1, K]) as tf.Tensor,
  };
  let updates = 0;

  function step(): tf.Scalar {
    updates++;
    const { next, loss } = tf.tidy(() => {
      const keys = tf.matMul(prompt.expandDims(0), state.Q);
      const scores = tf.matMul(keys.reshape([H * N, d]), dictionary, false, true).reshape([H, N, K]);
      const pattern = tf.transpose(tf.softmax(tf.transpose(scores, [0, 2, 1])), [0, 2, 1]);
      const weighted = pattern.mul(state.w);
      const difference = weighted.sum(0).sub(target);
      const residual = tf.matMul(gram, difference as tf.Tensor2D);
      const dw = pattern.mul(residual).sum(1, true);
      const slopes = weighted.mul(residual.sub(dw));
      const dKeys = tf.matMul(slopes.reshape([H * N, K]) as tf.Tensor2D, dictionary).reshape([H, N, d]);
      const dQ = tf.matMul(prompt.expandDims(0), dKeys, true, false);
      return {
        loss: difference.mul(residual).sum().mul(0.5) as tf.Scalar,
        next: { ...updated('Q', dQ), ...updated('w', dw) } as typeof state,
      };
    });
    tf.dispose(state);
    state = next;
    return loss;
  }

  function updated(name: 'Q' | 'w', gradient: tf.Tensor): Partial<typeof state> {
    const m = state[`m${name}`].mul(adam.beta1).add(gradient.mul(1 - adam.beta1));
    const v = state[`v${name}`].mul(adam.beta2).add(gradient.square().mul(1 - adam.beta2));
    const root = Math.sqrt(1 - adam.beta2 ** updates);
    const rate = (learningRate * root) / (1 - adam.beta1 ** updates);
    const moved = state[name].sub(m.div(v.sqrt().add(adam.epsilon * root)).mul(rate));
    return { [name]: moved, [`m${name}`]: m, [`v${name}`]: v };
  }

  return {
    name: 'tfjs wasm, by hand',
    async steps(count) {
      await chooseBackend('wasm');
      let last = Number.NaN;
      for (let i = 0; i < count; i++) {
        const loss = step();
        if (i === count - 1) last = (await loss.data())[0]!;
        loss.dispose();
      }
      return last;
    },
  };
}
