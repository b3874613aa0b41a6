/** Exact-gradient step of one layer of multi-head softmax attention at the paper's size (Yang et al., figure 2a). */
export const sizes = { N: 30, K: 200, d: 100, m: 20, H: 64 } as const;
export const learningRate = 1e-3;
export const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Numbers every competitor starts from. Row-major. */
export interface Problem {
  /** V [K, d]; the first N rows are the prompt. */
  readonly tokens: Float32Array;
  /** G / K [N, N], with G = ZᵀZ + mτI. */
  readonly gram: Float32Array;
  /** A [N, K], the optimal mixing. */
  readonly target: Float32Array;
  /** Q [H, d, d] at the start; w [H, K] starts at 0. */
  readonly Q: Float32Array;
}
