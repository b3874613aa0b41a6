import type { Competitor } from '../competitor.ts';
import { adam, learningRate, type Problem } from './problem.ts';

/** The formulas of Yang et al. B.2–B.4 written down as loops over Float32Arrays, inner loops contiguous. */
export function loops({ sizes: { N, K, d, H }, tokens, gram, target, Q: start }: Problem): Competitor {
  const theta = new Float32Array(H * d * d + H * K);
  theta.set(start);
  const Q = theta.subarray(0, H * d * d);
  const w = theta.subarray(H * d * d);
  const gradient = new Float32Array(theta.length);
  const dQ = gradient.subarray(0, Q.length);
  const dw = gradient.subarray(Q.length);
  const m = new Float32Array(theta.length);
  const v = new Float32Array(theta.length);
  const pattern = new Float32Array(H * N * K);
  const keys = new Float32Array(N * d);
  const difference = new Float32Array(N * K);
  const residual = new Float32Array(N * K);
  const slopes = new Float32Array(N * K);
  let updates = 0;

  function forward(): void {
    difference.set(target.map((value) => -value));
    for (let h = 0; h < H; h++) {
      keys.fill(0);
      for (let n = 0; n < N; n++)
        for (let i = 0; i < d; i++) {
          const x = tokens[n * d + i]!;
          for (let j = 0; j < d; j++) keys[n * d + j]! += x * Q[(h * d + i) * d + j]!;
        }
      const p = pattern.subarray(h * N * K, (h + 1) * N * K);
      for (let n = 0; n < N; n++)
        for (let k = 0; k < K; k++) {
          let sum = 0;
          for (let j = 0; j < d; j++) sum += keys[n * d + j]! * tokens[k * d + j]!;
          p[n * K + k] = sum;
        }
      for (let k = 0; k < K; k++) {
        let most = Number.NEGATIVE_INFINITY;
        for (let n = 0; n < N; n++) most = Math.max(most, p[n * K + k]!);
        let sum = 0;
        for (let n = 0; n < N; n++) sum += p[n * K + k] = Math.exp(p[n * K + k]! - most);
        for (let n = 0; n < N; n++) {
          p[n * K + k]! /= sum;
          difference[n * K + k]! += w[h * K + k]! * p[n * K + k]!;
        }
      }
    }
  }

  function backward(): number {
    let loss = 0;
    residual.fill(0);
    for (let n = 0; n < N; n++)
      for (let r = 0; r < N; r++) {
        const g = gram[n * N + r]!;
        for (let k = 0; k < K; k++) residual[n * K + k]! += g * difference[r * K + k]!;
      }
    for (let i = 0; i < N * K; i++) loss += 0.5 * difference[i]! * residual[i]!;
    dQ.fill(0);
    for (let h = 0; h < H; h++) {
      const p = pattern.subarray(h * N * K, (h + 1) * N * K);
      for (let k = 0; k < K; k++) {
        let dot = 0;
        for (let n = 0; n < N; n++) dot += p[n * K + k]! * residual[n * K + k]!;
        dw[h * K + k] = dot;
        const weight = w[h * K + k]!;
        for (let n = 0; n < N; n++) slopes[n * K + k] = weight * p[n * K + k]! * (residual[n * K + k]! - dot);
      }
      keys.fill(0);
      for (let n = 0; n < N; n++)
        for (let k = 0; k < K; k++) {
          const s = slopes[n * K + k]!;
          for (let j = 0; j < d; j++) keys[n * d + j]! += s * tokens[k * d + j]!;
        }
      for (let n = 0; n < N; n++)
        for (let i = 0; i < d; i++) {
          const x = tokens[n * d + i]!;
          for (let j = 0; j < d; j++) dQ[(h * d + i) * d + j]! += x * keys[n * d + j]!;
        }
    }
    return loss;
  }

  function update(): void {
    updates++;
    const correction1 = 1 - adam.beta1 ** updates;
    const correction2 = 1 - adam.beta2 ** updates;
    for (let i = 0; i < theta.length; i++) {
      const g = gradient[i]!;
      m[i] = adam.beta1 * m[i]! + (1 - adam.beta1) * g;
      v[i] = adam.beta2 * v[i]! + (1 - adam.beta2) * g * g;
      theta[i]! -= (learningRate * (m[i]! / correction1)) / (Math.sqrt(v[i]! / correction2) + adam.epsilon);
    }
  }

  return {
    name: 'Float32Array loops',
    async steps(count) {
      let loss = 0;
      for (let i = 0; i < count; i++) {
        forward();
        loss = backward();
        update();
      }
      return loss;
    },
  };
}
