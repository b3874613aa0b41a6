import type { RandomStream } from '../../core/random.ts';

/** Classes of exemplars, each with a label. */
export interface Classes {
  /** μ ~ N(0, I/D) [class, feature]. */
  readonly means: Float32Array;
  readonly dim: number;
  /** [class]. */
  readonly labelOf: ArrayLike<number>;
  /** How many labels there are, L. */
  readonly labels: number;
  /** f, sums to 1 [class]. */
  readonly frequencies: Float64Array;
}

/** Means of so many classes, each class's after those of the classes before it. */
export function drawMeans(count: number, dim: number, stream: RandomStream): Float32Array {
  const means = stream.fillGaussian(new Float32Array(count * dim));
  return means.map((entry) => entry / Math.sqrt(dim));
}

/** f ∝ k^−α for k = 1, 2, … */
export function zipf(count: number, exponent: number): Float64Array {
  const weights = Float64Array.from({ length: count }, (_, k) => (k + 1) ** -exponent);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** Draws that may fail before the classes that are left are gone through. */
const tries = 32;

/** Draws classes by their frequencies. */
export class ClassDrawer {
  readonly #frequencies: Float64Array;
  /** Frequency of a class and all before it. */
  readonly #upTo: Float64Array;

  constructor({ frequencies }: Pick<Classes, 'frequencies'>) {
    this.#frequencies = frequencies;
    this.#upTo = frequencies.slice();
    for (let k = 1; k < frequencies.length; k++) this.#upTo[k]! += this.#upTo[k - 1]!;
  }

  one(stream: RandomStream): number {
    const draw = stream.uniform() * this.#upTo.at(-1)!;
    let [low, high] = [0, this.#upTo.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (draw < this.#upTo[middle]!) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** One that is not among `taken`. */
  other(taken: readonly number[], stream: RandomStream): number {
    for (let attempt = 0; attempt < tries; attempt++) {
      const kind = this.one(stream);
      if (!taken.includes(kind)) return kind;
    }
    const left = this.#frequencies.map((frequency, k) => (taken.includes(k) ? 0 : frequency));
    let rest = stream.uniform() * left.reduce((sum, one) => sum + one, 0);
    let kind = left.findIndex((one) => one > 0);
    for (let k = kind; k < left.length && rest >= 0; k++) {
      if (left[k]! > 0) kind = k;
      rest -= left[k]!;
    }
    return kind;
  }
}
