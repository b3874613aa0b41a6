import type { BaselineOptions } from '../../baselines/contract.ts';
import type { RandomStream } from '../../core/random.ts';

/** Functions of d real numbers that a model learns from examples in its prompt (Garg et al. 2022, arXiv 2208.01066). */
export interface FunctionClass {
  /** Numbers in an input, d; inputs are drawn from N(0, I). */
  readonly dim: number;
  /** Examples of a prompt, of which the last is only asked for. */
  readonly points: number;
  /** What labels are: any numbers, or the signs ±1. */
  readonly kind: 'regression' | 'classification';
  /** Draws one function: the label, without noise, of an input [dim]. */
  draw(stream: RandomStream): (input: Float64Array) => number;
  /** Numbers that make up one function, each used once for a label; d unless given. */
  readonly weights?: number;
  /** Mean square of a label without noise. */
  readonly power: number;
  /** Standard deviation of the Gaussian noise on labels. */
  readonly noise: number;
  /** The predictors without training that this class is held against. */
  readonly references: readonly Reference[];
  /** Mean squared error, in expectation, of some of them after so many examples, by name. */
  readonly expected?: Readonly<Record<string, (examples: number) => number>>;
  /** The one of those that no other predictor beats. */
  readonly optimal?: string;
}

/** A predictor without training, with its settings for a class of functions. */
export interface Reference {
  /** As in metric names, `baseline/<name>/…`. */
  readonly name: string;
  /** The baseline that it is; the one of its name unless given. */
  readonly of?: string;
  /** Settings to choose from: those with the least mean error on the prompts measured. */
  readonly options?: readonly Partial<BaselineOptions>[];
  /** What it sees in place of the numbers of an input. */
  readonly seen?: (value: number) => number;
  /** Prompts to measure at most, for predictors that take long. */
  readonly most?: number;
}
