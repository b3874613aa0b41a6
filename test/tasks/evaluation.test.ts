import { describe, expect, it } from 'vitest';
import { type Matrix, matrix, matrixOf, multiply, squaredNorm, subtract } from '../../src/core/linalg.ts';
import { RandomStream } from '../../src/core/random.ts';
import { hostTensor } from '../../src/core/tensor.ts';
import { heldOutEvaluation } from '../../src/tasks/representation/evaluation.ts';
import { type Problem, population } from '../../src/tasks/representation/population.ts';
import { contextOf } from './context.ts';

const features = matrix(12, 4, RandomStream.named(3, 'features').fillGaussian(new Float64Array(48)));
const problem: Problem = { features, promptExamples: 7, noise: 0.5, noisyTargets: true };
const exact = population(problem);
const evaluation = heldOutEvaluation(problem, exact, 3000, contextOf(0));

/** The metrics of the predictor with this mixing. */
function measure(mixing: Matrix) {
  const predict = (name: string) => {
    const { rows, columns, data } = multiply(matrixOf(evaluation.inputs[name]!), mixing);
    return hostTensor([rows, columns], data);
  };
  return evaluation.measure({
    in_domain_prediction: predict('in_domain_labels'),
    out_of_domain_prediction: predict('out_of_domain_labels'),
    mixing: hostTensor([mixing.rows, mixing.columns], mixing.data),
  });
}

describe('held-out evaluation', () => {
  // (1/K) E‖(A − best)ᵀy‖² with E[yyᵀ] = ZᵀZ + mτI.
  const apart = squaredNorm(multiply(exact.factor, subtract(exact.optimal, exact.best))) / features.rows;

  it('finds no distance between the optimal mixing and the ridge limit', () => {
    const metrics = measure(exact.optimal);
    for (const name of ['in_domain_inference_loss', 'out_of_domain_inference_loss', 'gap', 'seen_error'] as const) {
      expect(metrics[name]!.mean, name).toBeCloseTo(0, 12);
    }
    const { mean, stderr } = metrics['gap_to_best_ridge']!;
    expect(Math.abs(mean! - apart)).toBeLessThan(4 * stderr!);
    expect(stderr!).toBeLessThan(0.05 * apart);
  });

  it('has the loss of the ridge limit on the same prompts, whatever the predictor', () => {
    const { eval_loss, ridge_limit_loss } = measure(exact.optimal);
    expect(ridge_limit_loss!.mean).toBeCloseTo(eval_loss!.mean!, 12);
    expect(Math.abs(ridge_limit_loss!.mean! - exact.floor)).toBeLessThan(4 * ridge_limit_loss!.stderr!);
    expect(measure(exact.best)['ridge_limit_loss']).toEqual(ridge_limit_loss);
  });

  it('finds no distance between the mixing of the best ridge and its predictions', () => {
    const metrics = measure(exact.best);
    expect(metrics['gap_to_best_ridge']!.mean).toBe(0);
    expect(metrics['expected_in_domain_inference_loss']!.mean).toBeCloseTo(apart, 12);
  });

  it('counts a prompt token that is repeated as seen without error', () => {
    const copy = matrix(7, 12);
    for (let n = 0; n < 7; n++) copy.data[n * 12 + n] = 1;
    const metrics = measure(copy);
    expect(metrics['seen_error']!.mean).toBe(0);
    expect(metrics['unseen_error']!.mean).toBeGreaterThan(1);
    expect(metrics['eval_loss']!.mean).toBeCloseTo((metrics['unseen_error']!.mean! * 5) / 24, 12);
  });

  it('leaves exact metrics out for a predictor without a mixing', () => {
    const prediction = hostTensor([3000, 12], new Float64Array(36_000));
    const metrics = evaluation.measure({ in_domain_prediction: prediction, out_of_domain_prediction: prediction });
    expect(metrics).not.toHaveProperty('gap');
    expect(metrics).toHaveProperty('unseen_error');
  });
});
