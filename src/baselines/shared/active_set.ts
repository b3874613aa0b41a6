import { type Matrix, matrix, solvePositiveDefinite } from '../../core/linalg.ts';

/** Share of the largest diagonal entry added to all, so that dependent rows can be solved for. */
const damping = 1e-12;

/**
 * Solves a·u = v on a subset of the coordinates, the others held at u = 0. Where the subset is singular, u is long along
 * the null space; a solver that repeats the step with what remains of v gets rid of the damping.
 *
 * @param a symmetric, positive semidefinite [coordinate, coordinate], not all 0 on the subset
 * @param subset whether a coordinate takes part
 */
export function solveOn(a: Matrix, subset: (coordinate: number) => boolean, v: Float64Array): Float64Array {
  const chosen = Array.from({ length: a.rows }, (_, i) => i).filter(subset);
  if (chosen.length === 0) return new Float64Array(v.length);
  const at = (i: number, j: number) => a.data[i * a.columns + j]!;
  const extra = damping * chosen.reduce((largest, i) => Math.max(largest, at(i, i)), 0);
  const entries = chosen.flatMap((i) => chosen.map((j) => at(i, j) + (i === j ? extra : 0)));
  const part = matrix(chosen.length, chosen.length, Float64Array.from(entries));
  const solution = solvePositiveDefinite(
    part,
    Float64Array.from(chosen, (i) => v[i]!),
  );
  const result = new Float64Array(v.length);
  chosen.forEach((i, row) => {
    result[i] = solution[row]!;
  });
  return result;
}
