import type { SymbolicTensor } from '../symbolic.ts';

/** |g|, the Euclidean norm of a gradient [P]. */
export const normOf = (gradient: SymbolicTensor): SymbolicTensor => gradient.square().sum().sqrt();

/** g · c / max(|g|, c), the gradient [P] shortened to at most length c > 0. Pascanu et al. 2013, algorithm 1. */
export function clipByNorm(
  gradient: SymbolicTensor,
  maxNorm: SymbolicTensor | number,
): { readonly gradient: SymbolicTensor; readonly norm: SymbolicTensor } {
  const norm = normOf(gradient);
  const bound = typeof maxNorm === 'number' ? gradient.recorder.scalar(maxNorm) : maxNorm;
  return { gradient: gradient.mul(bound.div(norm.maximum(bound))), norm };
}
