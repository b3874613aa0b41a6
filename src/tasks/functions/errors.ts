import { estimate } from '../../metrics/estimate.ts';
import type { Estimate } from '../../protocol/events.ts';

/** `error_at/<i>` after i examples, and the last of them as `error_last`. */
export function errorsByPosition(
  positions: number,
  count: number,
  errorAt: (prompt: number, position: number) => number,
  estimated: (errors: Float64Array) => Estimate = estimate,
): Record<string, Estimate> {
  const errors = Array.from({ length: positions }, (_, i) =>
    estimated(Float64Array.from({ length: count }, (_, p) => errorAt(p, i))),
  );
  return {
    ...Object.fromEntries(errors.map((error, i) => [`error_at/${i}`, error])),
    error_last: errors.at(-1)!,
  };
}
