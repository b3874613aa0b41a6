import type { SymbolicTensor } from '../symbolic.ts';

/** |g|², with g given in parts. */
export const squaredNorm = (gradient: readonly SymbolicTensor[]): SymbolicTensor =>
  gradient.map((part) => part.square().sum()).reduce((sum, square) => sum.add(square));

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
