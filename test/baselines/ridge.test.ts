import { describe, expect, it } from 'vitest';
import { ridgeOperator } from '../../src/baselines/ridge.ts';
import { type Matrix, matrix, multiply, rowRange, subtract, transpose } from '../../src/core/linalg.ts';
import { RandomStream } from '../../src/core/random.ts';
import { relativeError, yang } from '../fixtures/yang.ts';

const gaussian = (rows: number, columns: number, seed = 0): Matrix =>
  matrix(rows, columns, RandomStream.named(seed, 'ridge').fillGaussian(new Float64Array(rows * columns)));

const largest = ({ data }: Matrix) => data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** (XᵀX + penalty·I)W − Xᵀ, zero for the ridge operator W. */
function normalEquations(x: Matrix, penalty: number): number {
  const w = ridgeOperator(x, penalty);
  const penalised = matrix(
    w.rows,
    w.columns,
    w.data.map((value) => penalty * value),
  );
  const right = subtract(transpose(x), penalised);
  return largest(subtract(multiply(transpose(x), multiply(x, w)), right));
}

describe('ridge regression', () => {
  const { N, m, tau } = yang.sizes;
  const prompt = rowRange(matrix(yang.sizes.K, m, Float64Array.from(yang.inputs.features.data)), 0, N);
  const labels = matrix(N, 1, Float64Array.from(yang.prompt.y.data));

  it.each([
    ['limit', m * tau, yang.prompt.limit_solution],
    ['best', N * tau, yang.prompt.best_solution],
  ])('finds the reference weights of the %s predictor', (_, penalty, solution) => {
    const weights = multiply(ridgeOperator(prompt, penalty), labels);
    expect(relativeError(weights.data, solution.data)).toBeLessThan(1e-12);
  });

  it.each([
    [12, 5],
    [5, 12],
    [7, 7],
  ])('solves the normal equations for %i examples of %i features', (rows, columns) => {
    for (const penalty of [1e-6, 0.3, 40])
      expect(normalEquations(gaussian(rows, columns), penalty)).toBeLessThan(1e-11);
  });

  it('without a penalty is the pseudo-inverse, also when features depend on each other', () => {
    const tall = gaussian(9, 4);
    const dependent = multiply(tall, gaussian(4, 6, 1)); // rank 4
    const w = ridgeOperator(dependent, 0);
    const projector = multiply(dependent, w);
    expect(largest(subtract(multiply(projector, dependent), dependent))).toBeLessThan(1e-12);
    expect(largest(subtract(multiply(w, projector), w))).toBeLessThan(1e-12);
    expect(largest(subtract(projector, transpose(projector)))).toBeLessThan(1e-12);
    expect(largest(subtract(multiply(w, dependent), transpose(multiply(w, dependent))))).toBeLessThan(1e-12);
  });

  it('reaches the pseudo-inverse as the penalty vanishes', () => {
    const x = gaussian(4, 9);
    expect(largest(subtract(ridgeOperator(x, 1e-9), ridgeOperator(x, 0)))).toBeLessThan(1e-8);
  });

  it('predicts zero from inputs that are all zero', () => {
    expect(ridgeOperator(matrix(3, 2), 0).data).toEqual(new Float64Array(6));
    expect(ridgeOperator(matrix(3, 2), 1).data).toEqual(new Float64Array(6));
  });
});
