import { z } from 'zod';

/** Updates from one pool to the next. */
export const periodKey = z
  .int()
  .min(1)
  .max(1e9)
  .default(200)
  .describe('Updates from one pool to the next, where the pool changes');

/** Where training stands between pools 0, 1, 2, …, of which each holds for one period. */
interface Place {
  readonly pool: number;
  /** Share of the period that is over, from 0 to below 1. */
  readonly share: number;
}

export const placeOf = (step: number, period: number): Place => ({
  pool: Math.floor(step / period),
  share: (step % period) / period,
});

/** What `make` gives for the latest few numbers asked for, each made once: pools are asked for in order. */
export function remembered<T>(make: (pool: number) => T, most = 2): (pool: number) => T {
  const known = new Map<number, T>();
  return (pool) => {
    const found = known.get(pool);
    if (found !== undefined) return found;
    const made = make(pool);
    known.set(pool, made);
    for (const [other] of known) if (known.size > most) known.delete(other);
    return made;
  };
}
