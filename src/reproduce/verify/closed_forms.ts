import { type HostTensor, sizeOf } from '../../core/tensor.ts';
import type { RunConfig } from '../../protocol/config.ts';

type Fixed = Readonly<Record<string, HostTensor>>;

/** Where in a run: its step, and the parameters that it starts with. */
interface Moment {
  readonly at: 'first' | 'last' | number;
  start(): Readonly<Record<string, Float64Array>>;
}

/** Closed forms computed from what a task has drawn, by solving linear equations instead of by singular values. */
export const closedForms: Readonly<Record<string, (config: RunConfig, fixed: Fixed, moment: Moment) => number>> = {
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
  loss_floor: lossFloor,
  /** (1 − ηζ0/2K)^t Δ0, ζ0 = min_k λ_min(S_k, G⁻¹), S_k = Σ_h s_k^h s_k^hᵀ, G = ZᵀZ + mτI. */
  gap_bound(config, fixed, { at, start }) {
    const { n, m, tau, features } = problemOf(config, fixed);
    const { steps, learning_rate } = config.train;
    const unit = (i: number) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0));
    const gram = features.slice(0, n).map((z) => features.slice(0, n).map((other) => dot(z, other)));
    const inverse = solve(
      withRidge(gram, m * tau),
      gram.map((_, i) => unit(i)),
    );
    const least = attentionOf(start()['Q']!, fixed['tokens']!, n).map((patterns) => {
      const squares = gram.map((_, i) => gram.map((_, j) => patterns.reduce((sum, s) => sum + s[i]! * s[j]!, 0)));
      return leastEigenvalue(squares, inverse);
    });
    const noisy = config.task['noisy_targets'] === false ? n : features.length;
    const initial = (features.reduce((sum, z) => sum + dot(z, z), 0) + noisy * m * tau) / (2 * features.length);
    const rate = 1 - (learning_rate * Math.min(...least)) / (2 * features.length);
    const step = at === 'last' ? steps : at === 'first' ? 0 : at;
    return Math.exp(step * Math.log(rate)) * (initial - lossFloor(config, fixed));
  },
  /** Tokens k whose heads' patterns s_k^h at the start span less than R^N. */
  rank_deficient_tokens: (config, fixed, { start }) =>
    spansOf(config, fixed, start()).filter(({ rank, n }) => rank < n).length,
  /** L* + (1/2K) Σ_k min_c (a_k − Σ_h c_h s_k^h)ᵀ G (a_k − Σ_h c_h s_k^h), where ŷ* = a_kᵀ y. */
  frozen_loss_floor: (config, fixed, { start }) =>
    lossFloor(config, fixed) +
    spansOf(config, fixed, start()).reduce((sum, { distance }, _, { length }) => sum + distance / (2 * length), 0),
};

/** Of every token: how many dimensions its patterns span, and how far from them in G its ridge coefficients a_k lie, squared. */
function spansOf(config: RunConfig, fixed: Fixed, start: Readonly<Record<string, Float64Array>>) {
  const { n, m, tau, features, gram } = problemOf(config, fixed);
  const shown = features.slice(0, n);
  const g = withRidge(
    shown.map((z) => shown.map((other) => dot(z, other))),
    m * tau,
  );
  const solved = solve(withRidge(gram, m * tau), features);
  return attentionOf(start['Q']!, fixed['tokens']!, n).map((patterns, k) => {
    const wanted = shown.map((z, i) => (k < n ? Number(i === k) : dot(z, solved[k]!)));
    return { n, ...residual(wanted, patterns, g) };
  });
}

/** What of a vector no combination of others comes to, by Gram and Schmidt in the product xᵀGy, the longest of the rest first. */
function residual(
  wanted: readonly number[],
  others: readonly (readonly number[])[],
  g: readonly (readonly number[])[],
) {
  const product = (a: readonly number[], b: readonly number[]): number =>
    dot(
      a,
      g.map((row) => dot(row, b)),
    );
  const lengthOf = (a: readonly number[]): number => Math.sqrt(Math.max(0, product(a, a)));
  const without = (a: readonly number[], unit: readonly number[]): number[] => {
    const share = product(a, unit);
    return a.map((value, i) => value - share * unit[i]!);
  };
  let [rest, left] = [others.map((one) => [...one]), [...wanted]];
  const units: number[][] = [];
  // The largest singular value lies between the longest vector and the root of the sum of squares.
  const whole = Math.sqrt(others.reduce((sum, one) => sum + product(one, one), 0) / Math.min(others.length, g.length));
  const negligible = Number.EPSILON * Math.max(others.length, g.length) * whole;
  while (units.length < g.length && rest.length > 0) {
    const lengths = rest.map(lengthOf);
    const at = lengths.indexOf(Math.max(...lengths));
    if (!(lengths[at]! > negligible)) break;
    // Twice, as once leaves rounding in it.
    const again = units.reduce(without, rest[at]!);
    const length = lengthOf(again);
    const unit = again.map((value) => value / length);
    units.push(unit);
    rest = rest.filter((_, i) => i !== at).map((one) => without(one, unit));
    left = without(left, unit);
  }
  return { rank: units.length, distance: product(left, left) };
}

function lossFloor(config: RunConfig, fixed: Fixed): number {
  const { n, m, tau, features, gram } = problemOf(config, fixed);
  const queries = features.slice(n);
  const solved = solve(withRidge(gram, m * tau), queries);
  const noisy = config.task['noisy_targets'] === false ? 0 : 1;
  const sum = solved.reduce((all, solution, k) => all + noisy + dot(solution, queries[k]!), 0);
  return (m * tau * sum) / (2 * features.length);
}

/** softmax_n(v_nᵀ Q_h v_k) over the first n tokens, by token k and head h. */
function attentionOf(q: Float64Array, { shape, data }: HostTensor, n: number): number[][][] {
  const [count, d] = shape as [number, number];
  const tokens = Array.from({ length: count }, (_, k) => Array.from(data.subarray(k * d, (k + 1) * d)));
  const heads = q.length / (d * d);
  return tokens.map((v) =>
    Array.from({ length: heads }, (_, h) => {
      const asked = Array.from({ length: d }, (_, i) => dot(v, [...q.subarray((h * d + i) * d, (h * d + i + 1) * d)]));
      const scores = tokens.slice(0, n).map((key) => dot(key, asked));
      const most = Math.max(...scores);
      const parts = scores.map((score) => Math.exp(score - most));
      const sum = parts.reduce((all, part) => all + part, 0);
      return parts.map((part) => part / sum);
    }),
  );
}

/** The least μ for which A − μB is singular, both positive definite: halving where elimination has a pivot below zero. */
function leastEigenvalue(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  let [low, high] = [0, Math.min(...a.map((row, i) => row[i]! / b[i]![i]!))];
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    const isBelow = isPositive(a.map((row, i) => row.map((value, j) => value - middle * b[i]![j]!)));
    [low, high] = isBelow ? [middle, high] : [low, middle];
  }
  return low;
}

function isPositive(rows: number[][]): boolean {
  for (const [i, row] of rows.entries()) {
    if (!(row[i]! > 0)) return false;
    for (const other of rows.slice(i + 1)) {
      const factor = other[i]! / row[i]!;
      for (let j = i; j < row.length; j++) other[j] = other[j]! - factor * row[j]!;
    }
  }
  return true;
}

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
