import { type Matrix, matrix, matrixOf, multiply } from '../../core/linalg.ts';
import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import { estimate, exactly } from '../../metrics/estimate.ts';
import type { Estimate } from '../../protocol/events.ts';
import type { Evaluation, TaskContext } from '../contract.ts';
import { inDomain, outOfDomain, type Population, type Problem } from './population.ts';
import { drawHeldOut, labelTensor, shownLabels } from './prompts.ts';

/**
 * Measures a predictor on `count` in-domain and `count` out-of-domain prompts, and, when it is linear in the labels, exactly.
 * Its inference loss is its distance (1/K)‖prediction − optimal prediction‖² from the ridge predictor that training leads to.
 */
export function heldOutEvaluation(
  problem: Problem,
  exact: Population,
  count: number,
  { stream }: Pick<TaskContext, 'stream'>,
): Evaluation {
  const { promptExamples } = problem;
  const tokens = problem.features.rows;
  const inside = drawHeldOut(problem, count, inDomain, stream('evaluate'));
  const outside = drawHeldOut(problem, count, outOfDomain, stream('evaluate/out_of_domain'));
  const shownInside = shownLabels(inside, promptExamples);
  const shownOutside = shownLabels(outside, promptExamples);
  const limitInside = multiply(shownInside, exact.optimal);
  const bestInside = multiply(shownInside, exact.best);
  const limitOutside = multiply(shownOutside, exact.optimal);
  const bestOutside = multiply(shownOutside, exact.best);
  const limitLoss = halfOf(meanSquares(limitInside, inside.targets));

  return {
    inputs: { in_domain_labels: labelTensor(shownInside), out_of_domain_labels: labelTensor(shownOutside) },
    outputs(forward, inputs) {
      return {
        in_domain_prediction: forward.predict({ labels: inputs['in_domain_labels']! }),
        out_of_domain_prediction: forward.predict({ labels: inputs['out_of_domain_labels']! }),
        ...(forward.mixing && { mixing: forward.mixing }),
      };
    },
    measure(outputs) {
      const prediction = outputs['in_domain_prediction']!;
      return {
        eval_loss: halfOf(meanSquares(prediction, inside.targets)),
        ridge_limit_loss: limitLoss,
        seen_error: estimate(meanSquares(prediction, inside.targets, 0, promptExamples)),
        unseen_error: estimate(meanSquares(prediction, inside.targets, promptExamples)),
        in_domain_inference_loss: estimate(meanSquares(prediction, limitInside)),
        gap_to_best_ridge: estimate(meanSquares(prediction, bestInside)),
        out_of_domain_inference_loss: estimate(meanSquares(outputs['out_of_domain_prediction']!, limitOutside)),
        ...(outputs['mixing'] && measureExactly(exact, matrixOf(outputs['mixing']))),
      };
    },
    references: {
      in_domain_target: asTensor(inside.targets),
      in_domain_ridge: asTensor(limitInside),
      in_domain_best_ridge: asTensor(bestInside),
      out_of_domain_target: asTensor(outside.targets),
      out_of_domain_ridge: asTensor(limitOutside),
      out_of_domain_best_ridge: asTensor(bestOutside),
    },
    *baselines() {
      const nothing = matrix(inside.targets.rows, tokens);
      yield Object.fromEntries(
        Object.entries({ zero: nothing, ridge: limitInside, best_ridge: bestInside }).flatMap(([name, prediction]) => [
          [`baseline/${name}/eval_loss`, halfOf(meanSquares(prediction, inside.targets))],
          [`baseline/${name}/unseen_error`, estimate(meanSquares(prediction, inside.targets, promptExamples))],
        ]),
      );
    },
  };
}

function measureExactly(exact: Population, mixing: Matrix): Record<string, Estimate> {
  const inside = exact.inferenceLoss(mixing, inDomain);
  return {
    gap: exactly(inside / 2),
    expected_in_domain_inference_loss: exactly(inside),
    expected_out_of_domain_inference_loss: exactly(exact.inferenceLoss(mixing, outOfDomain)),
  };
}

/** The training loss, from what is twice as large. */
const halfOf = (squares: Float64Array): Estimate => estimate(squares.map((value) => value / 2));

function asTensor({ rows, columns, data }: Matrix): HostTensor {
  return hostTensor([rows, columns], data);
}

/**
 * Mean over the columns start ≤ k < end of (prediction − target)², of each row. In one pass, as evaluations come every few
 * updates of a small model and must not take longer than those.
 */
function meanSquares(
  { data }: { readonly data: HostTensor['data'] },
  target: Matrix,
  start = 0,
  end = target.columns,
): Float64Array {
  const means = new Float64Array(target.rows);
  for (let i = 0; i < target.rows; i++) {
    const row = i * target.columns;
    let sum = 0;
    for (let k = row + start; k < row + end; k++) {
      const difference = data[k]! - target.data[k]!;
      sum += difference * difference;
    }
    means[i] = sum / (end - start);
  }
  return means;
}
