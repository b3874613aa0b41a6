import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** All that a stream remembers: restoring it continues with the very next number. */
export type StreamState = readonly number[];

/**
 * A named, restorable source of random numbers (xoroshiro128+). A run has the streams `task`, `init`, `train`, `evaluate`
 * and `probe`; drawing from one never moves another, so that e.g. a change of heads leaves the task alone.
 */
export class RandomStream {
  #generator: RandomGenerator;

  private constructor(generator: RandomGenerator) {
    this.#generator = generator;
  }

  /** The stream `name` of run seed `seed`; streams of different names or seeds are unrelated. */
  static named(seed: number, name: string): RandomStream {
    const stream = new RandomStream(xoroshiro128plus(hash(`${name}#${seed}`)));
    // Neighbouring seeds of the generator start alike; let it forget them.
    for (let i = 0; i < 16; i++) stream.#generator.next();
    return stream;
  }

  /** @throws RangeError when the state is not one that `state()` gave. */
  static restored(state: StreamState): RandomStream {
    if (state.length !== 4 || !state.every((word) => Number.isInteger(word)) || state.every((word) => word === 0)) {
      throw new RangeError('a random state is four whole numbers, not all zero');
    }
    return new RandomStream(xoroshiro128plusFromState(state));
  }

  state(): StreamState {
    return [...this.#generator.getState()];
  }

  /** What takes the stream back to where it is now. */
  checkpoint(): () => void {
    const state = this.state();
    return () => {
      this.#generator = xoroshiro128plusFromState(state);
    };
  }

  /** Uniform on (0, 1), never exactly 0 or 1 (53 random bits, offset by half a step). */
  uniform(): number {
    const high = this.#generator.next() >>> 5;
    const low = this.#generator.next() >>> 6;
    return (high * 67108864 + low + 0.5) / 9007199254740992;
  }

  /** Uniform whole number in [0, bound). */
  integer(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Fills `target` with independent N(0, 1) numbers (Box–Muller; no number is kept for the next call). */
  fillGaussian<T extends Float32Array | Float64Array>(target: T): T {
    for (let i = 0; i < target.length; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(this.uniform()));
      const angle = 2 * Math.PI * this.uniform();
      target[i] = radius * Math.cos(angle);
      if (i + 1 < target.length) target[i + 1] = radius * Math.sin(angle);
    }
    return target;
  }

  gaussian(): number {
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A random order of 0 … length−1 (Fisher–Yates). */
  permutation(length: number): Uint32Array {
    const order = Uint32Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const swap = order[i]!;
      order[i] = order[j]!;
      order[j] = swap;
    }
    return order;
  }
}

/** 32-bit FNV-1a with a final avalanche. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
