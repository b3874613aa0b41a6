import {
  dot,
  type Matrix,
  matrix,
  multiply,
  multiplyVector,
  solvePositiveDefinite,
  transpose,
} from '../core/linalg.ts';
import { softplus } from '../core/softplus.ts';
import { ConvergenceError } from './contract.ts';
import { classification } from './shared/define.ts';

const mostSteps = 100;

/** Newton's step is taken in full, as the last one, once it promises to lower the objective by less than this share. */
const tolerance = 1e-12;

/**
 * Minimiser (w, b) of ½‖w‖² + C Σ log(1 + exp(−sᵢ(wᵀxᵢ + b))), the intercept b without penalty, by Newton's method with
 * halved steps. The objective has a single minimum when both classes occur.
 *
 * @param design inputs with a last column of ones [example, feature + 1]
 * @param signs labels ±1 [example]
 * @returns w and then b [feature + 1]
 */
function minimise(design: Matrix, signs: Float64Array, cost: number): Float64Array {
  const adjoint = transpose(design);
  const intercept = design.columns - 1;
  const penalised = (v: Float64Array) => v.map((value, j) => (j === intercept ? 0 : value));
  const margins = (v: Float64Array) => multiplyVector(design, v).map((decision, i) => signs[i]! * decision);
  const objective = (v: Float64Array) =>
    dot(penalised(v), v) / 2 + cost * margins(v).reduce((sum, margin) => sum + softplus(-margin), 0);

  let solution = new Float64Array(design.columns);
  for (let iteration = 0; iteration < mostSteps; iteration++) {
    const wrong = margins(solution).map((margin) => Math.exp(-softplus(margin)));
    const pull = multiplyVector(
      adjoint,
      wrong.map((probability, i) => cost * signs[i]! * probability),
    );
    const gradient = penalised(solution).map((value, j) => value - pull[j]!);
    const step = solvePositiveDefinite(hessian(design, wrong, cost), gradient);
    const moved = (rate: number) => solution.map((value, j) => value - rate * step[j]!);
    const promise = dot(gradient, step);
    const level = objective(solution);
    if (promise <= tolerance * level) return moved(1);
    let rate = 1;
    while (objective(moved(rate)) > level - (rate * promise) / 4) rate /= 2;
    solution = moved(rate);
  }
  throw new ConvergenceError('logistic regression', mostSteps);
}

/** Second derivatives diag(1, …, 1, 0) + C Σ pᵢ(1 − pᵢ) xᵢxᵢᵀ, with p the probabilities of the wrong class. */
function hessian(design: Matrix, wrong: Float64Array, cost: number): Matrix {
  const size = design.columns;
  const root = wrong.map((probability) => Math.sqrt(cost * probability * (1 - probability)));
  const weighted = matrix(
    design.rows,
    size,
    design.data.map((value, entry) => root[Math.floor(entry / size)]! * value),
  );
  const result = multiply(transpose(weighted), weighted);
  for (let j = 0; j < size - 1; j++) result.data[j * size + j]! += 1;
  return result;
}

function withOnes(x: Matrix): Matrix {
  const result = matrix(x.rows, x.columns + 1);
  for (let i = 0; i < x.rows; i++) {
    result.data.set(x.data.subarray(i * x.columns, (i + 1) * x.columns), i * result.columns);
    result.data[(i + 1) * result.columns - 1] = 1;
  }
  return result;
}

/** Decision wᵀx + b, the log-odds of +1, of logistic regression with C the option `cost`. */
export const logistic = classification('logistic', 'logistic regression', (x, y, queries, { cost }) =>
  multiplyVector(withOnes(queries), minimise(withOnes(x), y, cost)),
);
