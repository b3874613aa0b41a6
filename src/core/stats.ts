/** Standard errors that a value must be apart from another to be told from it. */
export const leastSigma = 2;

/** Arithmetic mean; NaN for no values. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/**
 * Sample standard deviation, sqrt(Σ (x − mean)² / (n − 1)); null for fewer than two values.
 * Two passes, so that a large common offset costs no digits.
 */
export function std(values: ArrayLike<number>): number | null {
  if (values.length < 2) return null;
  const centre = mean(values);
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - centre) * (values[i]! - centre);
  return Math.sqrt(squares / (values.length - 1));
}

/** Standard error of the mean, std / sqrt(n); null for fewer than two values. */
export function stderr(values: ArrayLike<number>): number | null {
  const deviation = std(values);
  return deviation === null ? null : deviation / Math.sqrt(values.length);
}

/**
 * Standard error of a mean over units that share clusters, e.g. prompts of one task: with the sums r_g of the deviations
 * from the mean within each of G clusters, sqrt(G/(G − 1) Σ r_g²) / n (the cluster-robust variance of a mean, Liang and
 * Zeger 1986). With one unit a cluster it is std / sqrt(n); with clusters of one size, the standard error of the clusters'
 * means. Null for fewer than two clusters.
 *
 * @param clusters the cluster of every value
 */
export function clusteredStderr(values: ArrayLike<number>, clusters: ArrayLike<number>): number | null {
  const centre = mean(values);
  const sums = new Map<number, number>();
  for (let i = 0; i < values.length; i++) {
    sums.set(clusters[i]!, (sums.get(clusters[i]!) ?? 0) + values[i]! - centre);
  }
  const count = sums.size;
  if (count < 2) return null;
  let squares = 0;
  for (const sum of sums.values()) squares += sum * sum;
  return Math.sqrt((count / (count - 1)) * squares) / values.length;
}

/**
 * Exponential moving average with bias correction: s ← β s + (1 − β) x, shown s / (1 − β^count).
 * A value that is not finite is a gap: it shows NaN and moves neither s nor the count.
 */
export class ExponentialAverage {
  readonly beta: number;
  #level = 0;
  #remaining = 1;

  /** @throws RangeError unless 0 ≤ beta < 1. */
  constructor(beta: number) {
    if (!(beta >= 0 && beta < 1)) throw new RangeError(`smoothing is ${beta}, expected 0 ≤ beta < 1`);
    this.beta = beta;
  }

  /** Takes the next value and gives the average so far. */
  push(value: number): number {
    if (!Number.isFinite(value)) return Number.NaN;
    this.#level = this.beta * this.#level + (1 - this.beta) * value;
    this.#remaining *= this.beta;
    return this.#level / (1 - this.#remaining);
  }
}
