import type { RandomStream } from '../../core/random.ts';
import { drawerOf } from '../pools/frequencies.ts';

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

/** Draws that may fail before the classes that are left are gone through. */
const tries = 32;

/** Draws classes by their frequencies. */
export class ClassDrawer {
  readonly #frequencies: Float64Array;
  /** One by its frequency. */
  readonly one: (stream: RandomStream) => number;

  constructor({ frequencies }: Pick<Classes, 'frequencies'>) {
    this.#frequencies = frequencies;
    this.one = drawerOf(frequencies);
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
