import { type Matrix, matrix, multiply, transpose } from '../../core/linalg.ts';
import type { RandomStream } from '../../core/random.ts';
import { type HostTensor, hostTensor } from '../../core/tensor.ts';

/** Prompts of one linear function each, rounded to what a float32 engine is fed. */
export interface PairPrompts {
  readonly count: number;
  /** Examples beside the query, n. */
  readonly examples: number;
  readonly dim: number;
  /** x_i and y_i of every example, then x_q and 0 [prompt, token, feature and label]. */
  readonly tokens: Float32Array;
  /** y_q [prompt]. */
  readonly targets: Float32Array;
}

/** How prompts are drawn. */
export interface PairSource {
  /** L with Λ = L Lᵀ [feature, feature]; inputs are L g, g ~ N(0, I). */
  readonly root: Matrix;
  readonly noise: number;
  readonly examples: number;
}

/** Prompt after prompt: its inputs, its function w ~ N(0, I), its noise. */
export function drawPairs({ root, noise, examples }: PairSource, count: number, stream: RandomStream): PairPrompts {
  const dim = root.rows;
  const points = examples + 1;
  const width = dim + 1;
  const tokens = new Float32Array(count * points * width);
  const targets = new Float32Array(count);
  const toInputs = transpose(root);
  // Made once: for so few numbers the making takes longer than the filling.
  const normal = matrix(points, dim);
  const [weights, errors] = [new Float64Array(dim), new Float64Array(points)];
  for (let p = 0; p < count; p++) {
    stream.fillGaussian(normal.data);
    const inputs = multiply(normal, toInputs).data;
    stream.fillGaussian(weights);
    stream.fillGaussian(errors);
    for (let i = 0; i < points; i++) {
      let label = noise * errors[i]!;
      const at = (p * points + i) * width;
      for (let j = 0; j < dim; j++) {
        tokens[at + j] = inputs[i * dim + j]!;
        label += weights[j]! * inputs[i * dim + j]!;
      }
      if (i < examples) tokens[at + dim] = label;
      else targets[p] = label;
    }
  }
  return { count, examples, dim, tokens, targets };
}

/** [prompt, token, feature and label]. */
export const tokensOf = ({ count, examples, dim, tokens }: PairPrompts): HostTensor =>
  hostTensor([count, examples + 1, dim + 1], tokens);

/** The examples x [n, d] and y [n] and the query x_q [1, d] of prompt p, float64. */
export function promptOf({ examples, dim, tokens }: PairPrompts, p: number) {
  const at = (i: number, j: number) => tokens[(p * (examples + 1) + i) * (dim + 1) + j]!;
  const rows = (from: number, to: number) =>
    matrix(
      to - from,
      dim,
      Float64Array.from({ length: (to - from) * dim }, (_, k) => at(from + Math.floor(k / dim), k % dim)),
    );
  return {
    x: rows(0, examples),
    y: Float64Array.from({ length: examples }, (_, i) => at(i, dim)),
    query: rows(examples, examples + 1),
  };
}
