import type { Matrix } from '../core/linalg.ts';

/** Numbers of the predictors that have any; each uses its own. */
export interface BaselineOptions {
  /** λ of ridge regression, on ‖w‖² beside the summed squares (no 1/n). */
  readonly penalty: number;
  /** α of the lasso, on ‖w‖₁ beside half the mean square. */
  readonly alpha: number;
  /** Step size and number of steps of gradient descent. */
  readonly learningRate: number;
  readonly steps: number;
  /** C of logistic regression and the support vector machines, on the summed loss beside ½‖w‖². */
  readonly cost: number;
  /** Most splits on the way to a leaf of the tree. */
  readonly depth: number;
  /** Hidden units of the network. */
  readonly hidden: number;
}

/** Penalty 1 is the best one for weights and label noise of variance 1; the steps suit 20 inputs of variance 1. */
export const defaultOptions: BaselineOptions = {
  penalty: 1,
  alpha: 0.01,
  learningRate: 0.05,
  steps: 10,
  cost: 1,
  depth: 4,
  hidden: 100,
};

/** A predictor that is fitted to the examples of one prompt alone. */
export interface Baseline {
  /** As in metric names, `baseline/<name>/…`. */
  readonly name: string;
  readonly title: string;
  /**
   * What labels it takes: 'classification' needs +1 or −1, 'regression' takes any numbers, signs among them. Fitted to
   * signs, either predicts a decision value, whose sign is the class; 0 is a tie.
   */
  readonly kind: 'regression' | 'classification';
  /**
   * Predictions [query] from the examples, the same for the same numbers; 0 when there is no example.
   *
   * @param x inputs [example, feature]
   * @param y labels [example]
   * @param queries inputs [query, feature]
   * @throws RangeError when the sizes disagree, a number is not finite, or labels that should be signs are not
   * @throws ConvergenceError when the optimum is not reached in a bounded number of iterations
   */
  predict(x: Matrix, y: Float64Array, queries: Matrix, options: BaselineOptions): Float64Array;
}

/** A solver that ran out of iterations; what it had is not shown, because it is not the optimum. */
export class ConvergenceError extends Error {
  constructor(solver: string, iterations: number) {
    super(`${solver} did not reach its optimum in ${iterations} iterations`);
    this.name = 'ConvergenceError';
  }
}
