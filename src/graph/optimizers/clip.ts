import type { SymbolicTensor } from '../symbolic.ts';

/** Entries from which a sum is taken in rows, which engines share among threads; one long sum they do not. */
const longFrom = 1 << 16;

/** |g|², with g given in parts. */
export const squaredNorm = (gradient: readonly SymbolicTensor[]): SymbolicTensor =>
  gradient.map((part) => sumOf(part.square())).reduce((sum, square) => sum.add(square));

function sumOf(vector: SymbolicTensor): SymbolicTensor {
  const { size } = vector.shape[0]!;
  const rows = size < longFrom ? 1 : largestDivisor(size, 256);
  if (rows < 8) return vector.sum();
  return vector
    .reshape([
      { name: 'row', size: rows },
      { name: 'column', size: size / rows },
    ])
    .sum('column')
    .sum();
}

function largestDivisor(number: number, most: number): number {
  let divisor = most;
  while (number % divisor !== 0) divisor--;
  return divisor;
}

/** g · c / max(|g|, c), the gradient, in parts, shortened to at most length c > 0. Pascanu et al. 2013, algorithm 1. */
export function clipByNorm(
  gradient: readonly SymbolicTensor[],
  maxNorm: SymbolicTensor | number,
): { readonly gradient: readonly SymbolicTensor[]; readonly norm: SymbolicTensor } {
  const norm = squaredNorm(gradient).sqrt();
  const bound = typeof maxNorm === 'number' ? norm.recorder.scalar(maxNorm) : maxNorm;
  const factor = bound.div(norm.maximum(bound));
  return { gradient: gradient.map((part) => part.mul(factor)), norm };
}
