import { type HostTensor, hostTensor } from '../../core/tensor.ts';

/** Rows of W_O W_V split into the part that meets features and the part that meets labels, by neuron [F]. */
export interface NeuronParts {
  /** ‖feature part‖, and its angle to μ̄, the mean relevant pattern, in radians. */
  readonly featureNorm: Float64Array;
  readonly featureAngle: Float64Array;
  /** ‖label part‖, and its angle to q. */
  readonly labelNorm: Float64Array;
  readonly labelAngle: Float64Array;
}

/**
 * Norms and angles of Li et al. 2024, proposition 2. The angle of a zero vector is π/2.
 *
 * @param embedding rows of W_O W_V [F, d_X + d_Y]
 * @param relevant μ [M1, d_X]
 * @param labelEmbedding q [d_Y]
 */
export function neuronParts(
  embedding: HostTensor,
  relevant: HostTensor,
  labelEmbedding: ArrayLike<number>,
): NeuronParts {
  const [neurons, width] = embedding.shape as [number, number];
  const features = relevant.shape[1]!;
  const row = (n: number, from: number, to: number) => embedding.data.subarray(n * width + from, n * width + to);
  const each = (of: (n: number) => number) => Float64Array.from({ length: neurons }, (_, n) => of(n));
  const centre = sumOfRows(relevant);
  return {
    featureNorm: each((n) => norm(row(n, 0, features))),
    featureAngle: each((n) => angle(row(n, 0, features), centre)),
    labelNorm: each((n) => norm(row(n, features, width))),
    labelAngle: each((n) => angle(row(n, features, width), labelEmbedding)),
  };
}

/** Two columns as [F, 2]. */
export function paired(a: Float64Array, b: Float64Array): HostTensor {
  const data = new Float32Array(2 * a.length);
  a.forEach((value, n) => {
    data[2 * n] = value;
    data[2 * n + 1] = b[n]!;
  });
  return hostTensor([a.length, 2], data);
}

function sumOfRows({ shape, data }: HostTensor): Float64Array {
  const columns = shape[1]!;
  const sums = new Float64Array(columns);
  data.forEach((value, i) => {
    sums[i % columns]! += value;
  });
  return sums;
}

function norm(vector: ArrayLike<number>): number {
  return Math.sqrt(product(vector, vector));
}

function angle(u: ArrayLike<number>, v: ArrayLike<number>): number {
  const lengths = norm(u) * norm(v);
  return lengths === 0 ? Math.PI / 2 : Math.acos(Math.max(-1, Math.min(1, product(u, v) / lengths)));
}

function product(u: ArrayLike<number>, v: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < u.length; i++) sum += u[i]! * v[i]!;
  return sum;
}
