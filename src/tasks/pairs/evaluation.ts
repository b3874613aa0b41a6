import { averaging } from '../../baselines/averaging.ts';
import { defaultOptions } from '../../baselines/contract.ts';
import { leastSquares, ridge } from '../../baselines/ridge.ts';
import { zero } from '../../baselines/zero.ts';
import { dot, type Matrix, matrix, multiplyVector, squaredNorm, subtract, transpose } from '../../core/linalg.ts';
import { hostTensor } from '../../core/tensor.ts';
import { estimate, exactly } from '../../metrics/estimate.ts';
import type { Estimate } from '../../protocol/events.ts';
import type { Evaluation } from '../contract.ts';
import { lossOf } from '../functions/losses.ts';
import { type PairPrompts, promptOf, tokensOf } from './prompts.ts';

/** The steps of gradient descent that predictions are held against, as their preconditioners A. */
export interface Steps {
  readonly preconditioned: Matrix;
  readonly gradient: Matrix;
}

/**
 * Squared error at the query and the squared distance from the prediction of the best preconditioned step. As the errors of the best
 * step have no part along any other one, the distance of a network that is such a step is what its risk exceeds the best by. Of
 * models that give their `preconditioner` [feature, feature] also ‖Â − A*‖/‖A*‖ (Frobenius).
 */
export function pairEvaluation(prompts: PairPrompts, steps: Steps, noise: number, lossName: string): Evaluation {
  const { count, targets } = prompts;
  const loss = lossOf('regression', lossName);
  const stepped = predictionsOf(prompts, steps.preconditioned);
  const perPrompt = (of: (p: number) => number) => estimate(Float64Array.from({ length: count }, (_, p) => of(p)));
  return {
    inputs: { tokens: tokensOf(prompts) },
    outputs(forward, { tokens }) {
      const { preconditioner } = forward.activations({ tokens: tokens! });
      return { prediction: forward.predict({ tokens: tokens! }), ...(preconditioner && { preconditioner }) };
    },
    measure({ prediction, preconditioner }) {
      const { data } = prediction!;
      return {
        eval_loss: perPrompt((p) => loss.value(data[p]!, targets[p]!)),
        query_error: perPrompt((p) => (data[p]! - targets[p]!) ** 2),
        step_distance: perPrompt((p) => (data[p]! - stepped[p]!) ** 2),
        ...(preconditioner && { preconditioner_error: exactly(distance(preconditioner.data, steps.preconditioned)) }),
      };
    },
    references: { target: hostTensor([count, 1], targets), step: hostTensor([count, 1], Float32Array.from(stepped)) },
    baselines: (most = count) => learnerErrors({ ...prompts, count: Math.min(count, most) }, steps, noise),
  };
}

/** x_qᵀ A (1/n) Σ y_i x_i for every prompt, float64. */
export function predictionsOf(prompts: PairPrompts, A: Matrix): Float64Array {
  return Float64Array.from({ length: prompts.count }, (_, p) => {
    const { x, y, query } = promptOf(prompts, p);
    const mean = multiplyVector(transpose(x), y).map((sum) => sum / x.rows);
    return dot(query.data, multiplyVector(A, mean));
  });
}

function distance(found: ArrayLike<number>, best: Matrix): number {
  const difference = subtract(matrix(best.rows, best.columns, Float64Array.from(found)), best);
  return Math.sqrt(squaredNorm(difference) / squaredNorm(best));
}

/** Squared errors at the query of learners of the examples, and of both steps. */
function* learnerErrors(prompts: PairPrompts, steps: Steps, noise: number): Generator<Record<string, Estimate>, void> {
  const { count, targets } = prompts;
  const of = (name: string, predictions: ArrayLike<number>) => ({
    [`baseline/${name}/query_error`]: estimate(
      Float64Array.from({ length: count }, (_, p) => (predictions[p]! - targets[p]!) ** 2),
    ),
  });
  for (const { name, predict } of [zero, averaging, leastSquares, ridge]) {
    const predictions = new Float64Array(count);
    for (let p = 0; p < count; p++) {
      const { x, y, query } = promptOf(prompts, p);
      predictions[p] = predict(x, y, query, { ...defaultOptions, penalty: noise * noise })[0]!;
      yield {};
    }
    yield of(name, predictions);
  }
  yield of('gradient_step', predictionsOf(prompts, steps.gradient));
  yield of('preconditioned_step', predictionsOf(prompts, steps.preconditioned));
}
