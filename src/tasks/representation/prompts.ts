import { type Matrix, matrix, multiply, rowRange, transpose } from '../../core/linalg.ts';
import { RandomStream } from '../../core/random.ts';
import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import type { Problem, WeightDistribution } from './population.ts';

/** Random parts of prompts: λ [prompt, feature] and standard normal label noise [prompt, token]. */
export type PromptDraws = Readonly<Record<'weights' | 'noise', Float32Array>>;

/** In-domain prompts, λ ~ N(0, I). */
export function drawPrompts({ features }: Problem, count: number, stream: RandomStream): PromptDraws {
  return {
    weights: stream.fillGaussian(new Float32Array(count * features.columns)),
    noise: stream.fillGaussian(new Float32Array(count * features.rows)),
  };
}

/** `count` prompts drawn once and dealt out in an order that is new in every epoch. */
export class TrainingSet {
  readonly #problem: Problem;
  readonly #count: number;
  readonly #stream: RandomStream;
  #drawn: (PromptDraws & { readonly shuffleSeed: number }) | undefined;
  #epoch = -1;
  #order: Uint32Array = new Uint32Array();

  /** Draws nothing until the first batch is asked for, so that looking at a task costs nothing. */
  constructor(problem: Problem, count: number, stream: RandomStream) {
    this.#problem = problem;
    this.#count = count;
    this.#stream = stream;
  }

  /** Batch number `step`: a function of the seed, the batch size and `step` alone, so that a resumed run gets the same. */
  batch(size: number, step: number): PromptDraws {
    const { columns: m, rows: tokens } = this.#problem.features;
    this.#drawn ??= {
      ...drawPrompts(this.#problem, this.#count, this.#stream),
      shuffleSeed: this.#stream.integer(0x7fffffff),
    };
    const { weights, noise, shuffleSeed } = this.#drawn;
    const batch = { weights: new Float32Array(size * m), noise: new Float32Array(size * tokens) };
    for (let i = 0; i < size; i++) {
      const position = step * size + i;
      const row = this.#orderOf(Math.floor(position / this.#count), shuffleSeed)[position % this.#count]!;
      batch.weights.set(weights.subarray(row * m, (row + 1) * m), i * m);
      batch.noise.set(noise.subarray(row * tokens, (row + 1) * tokens), i * tokens);
    }
    return batch;
  }

  #orderOf(epoch: number, shuffleSeed: number): Uint32Array {
    if (epoch !== this.#epoch) {
      this.#order = RandomStream.named(shuffleSeed, `epoch ${epoch}`).permutation(this.#count);
      this.#epoch = epoch;
    }
    return this.#order;
  }
}

/** Held-out prompts, all [prompt, token]. */
export interface HeldOutPrompts {
  /** Labels with noise, rounded to what a float32 engine is fed. */
  readonly labels: Matrix;
  /** What predictions are scored against: the labels, or for query tokens λᵀz_k when the problem has clean targets. */
  readonly targets: Matrix;
}

/** Prompts with λ ~ `distribution`, drawn one after the other, so that more prompts leave the first ones as they are. */
export function drawHeldOut(
  problem: Problem,
  count: number,
  { mean, deviation }: WeightDistribution,
  stream: RandomStream,
): HeldOutPrompts {
  const { features, promptExamples, noise, noisyTargets } = problem;
  const weights = matrix(count, features.columns);
  const labelNoise = matrix(count, features.rows);
  for (let p = 0; p < count; p++) {
    const lambda = stream.fillGaussian(weights.data.subarray(p * weights.columns, (p + 1) * weights.columns));
    let squares = 0;
    for (let i = 0; i < lambda.length; i++) {
      lambda[i] = mean + deviation * lambda[i]!;
      squares += lambda[i]! * lambda[i]!;
    }
    const scale = Math.sqrt(noise * squares); // λᵀε_k ~ N(0, τ‖λ‖²) given λ
    const row = stream.fillGaussian(labelNoise.data.subarray(p * features.rows, (p + 1) * features.rows));
    for (let k = 0; k < row.length; k++) row[k]! *= scale;
  }
  const clean = multiply(weights, transpose(features));
  const labels = matrix(
    count,
    features.rows,
    clean.data.map((value, i) => Math.fround(value + labelNoise.data[i]!)),
  );
  const isClean = (index: number) => !noisyTargets && index % features.rows >= promptExamples;
  const targets = matrix(
    count,
    features.rows,
    labels.data.map((value, i) => (isClean(i) ? clean.data[i]! : value)),
  );
  return { labels, targets };
}

/** Labels of the tokens that a prompt shows, [prompt, example]. */
export function shownLabels({ labels }: HeldOutPrompts, promptExamples: number): Matrix {
  return transpose(rowRange(transpose(labels), 0, promptExamples));
}

/** The form in which labels are fed. */
export function labelTensor({ rows, columns, data }: Matrix): HostTensor {
  return hostTensor([rows, columns], Float32Array.from(data));
}
