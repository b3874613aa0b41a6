import { type HostTensor, sizeOf } from '../../core/tensor.ts';
import type { RunConfig } from '../../protocol/config.ts';

type Fixed = Readonly<Record<string, HostTensor>>;

/** Closed forms computed from what a task has drawn, by solving linear equations instead of by singular values. */
export const closedForms: Readonly<Record<string, (config: RunConfig, fixed: Fixed) => number>> = {
  /** E (1/K)‖ŷ(mτ) − ŷ(Nτ)‖² = (1/K) Σ_{k>N} dᵀ(S² + mτS)d, d = (N − m)τ (S + mτI)⁻¹(S + NτI)⁻¹ z_k, S = ZZᵀ. */
  ridge_gap(config, fixed) {
    const { n, m, tau, features, gram } = problemOf(config, fixed);
    let total = 0;
    const queries = features.slice(n);
    const once = solve(withRidge(gram, n * tau), queries);
    const twice = solve(withRidge(gram, m * tau), once);
    for (const solution of twice) {
      const d = solution.map((value) => (n - m) * tau * value);
      const sd = gram.map((row) => dot(row, d));
      total += dot(sd, sd) + m * tau * dot(d, sd);
    }
    return total / features.length;
  },
  /** L* = (mτ/2K) Σ_{k>N} [1 + z_kᵀ(ZZᵀ + mτI)⁻¹z_k]. */
  loss_floor(config, fixed) {
    const { n, m, tau, features, gram } = problemOf(config, fixed);
    const queries = features.slice(n);
    const solved = solve(withRidge(gram, m * tau), queries);
    const noisy = config.task['noisy_targets'] === false ? 0 : 1;
    const sum = solved.reduce((all, solution, k) => all + noisy + dot(solution, queries[k]!), 0);
    return (m * tau * sum) / (2 * features.length);
  },
};

function problemOf({ task }: RunConfig, fixed: Fixed) {
  const { shape, data } = fixed['features']!;
  const m = shape.at(-1)!;
  const rows = sizeOf(shape) / m;
  const features = Array.from({ length: rows }, (_, k) => Array.from(data.subarray(k * m, (k + 1) * m)));
  const n = Number(task['prompt_examples']);
  const shown = features.slice(0, n);
  const gram = Array.from({ length: m }, (_, i) =>
    Array.from({ length: m }, (_, j) => shown.reduce((sum, z) => sum + z[i]! * z[j]!, 0)),
  );
  return { n, m, tau: Number(task['noise']), features, gram };
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

const withRidge = (matrix: readonly (readonly number[])[], ridge: number): number[][] =>
  matrix.map((row, i) => row.map((value, j) => (i === j ? value + ridge : value)));

/** Solutions x of Ax = b for many b, by elimination with pivots. */
function solve(matrix: number[][], sides: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const rows = matrix.map((row, i) => Float64Array.from([...row, ...sides.map((side) => side[i]!)]));
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    }
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const own = rows[column]!;
    for (let row = 0; row < size; row++) {
      const factor = row === column ? 0 : rows[row]![column]! / own[column]!;
      if (factor === 0) continue;
      const other = rows[row]!;
      for (let i = column; i < other.length; i++) other[i] = other[i]! - factor * own[i]!;
    }
  }
  return sides.map((_, k) => rows.map((row, i) => row[size + k]! / row[i]!));
}
