import { Series } from '../core/series.ts';
import type { Estimate, EventBody } from '../protocol/events.ts';

type Scalars = Readonly<Record<string, ArrayLike<number>>>;

/** Runs up to this many steps journal every step; longer ones thin to about as many lines. */
const linesWanted = 5000;

/** Steps that one `metrics` line stands for: 1, 2, 5, 10, 20, 50 … */
export function cadenceFor(totalSteps: number): number {
  for (let decade = 1; ; decade *= 10) {
    for (const factor of [1, 2, 5]) if (totalSteps <= linesWanted * factor * decade) return factor * decade;
  }
}

/**
 * Turns the scalars of updates into journal lines. Lines fall on multiples of the cadence, whatever the unrolling, and
 * carry the last value with the extremes of the steps they stand for. Keeps every curve for snapshots.
 */
export class Scribe {
  readonly curves: Map<string, Series>;
  readonly #cadence: number;
  readonly #emit: (body: EventBody) => void;
  #pending: Record<string, number>[] = [];

  constructor(totalSteps: number, curves: Map<string, Series>, emit: (body: EventBody) => void) {
    this.#cadence = cadenceFor(totalSteps);
    this.curves = curves;
    this.#emit = emit;
  }

  /** Records updates `first + 1 …`, one per entry of each scalar. */
  updates(first: number, scalars: Scalars): void {
    const names = Object.keys(scalars);
    const count = scalars[names[0]!]?.length ?? 0;
    for (let i = 0; i < count; i++) {
      this.#pending.push(Object.fromEntries(names.map((name) => [name, scalars[name]![i]!])));
      const step = first + i + 1;
      if (step % this.#cadence === 0) this.close(step);
    }
  }

  /** Writes the line of the steps seen since the last one, if any. */
  close(step: number): void {
    const rows = this.#pending;
    const last = rows.at(-1);
    if (!last) return;
    this.#pending = [];
    const extreme = (pick: (...values: number[]) => number): Record<string, number> =>
      Object.fromEntries(Object.keys(last).map((name) => [name, pick(...rows.map((row) => row[name]!))]));
    const thinned = rows.length > 1 ? { min: extreme(Math.min), max: extreme(Math.max) } : undefined;
    for (const [name, value] of Object.entries(last)) {
      this.#push(name, step, value, thinned?.min[name], thinned?.max[name]);
    }
    this.#emit({ type: 'metrics', step, values: last, ...(thinned && { ...thinned, count: rows.length }) });
  }

  evaluated(step: number, values: Readonly<Record<string, Estimate>>): void {
    for (const [name, value] of Object.entries(values)) this.#push(name, step, value.mean);
    this.#emit({ type: 'evaluated', step, values });
  }

  /** The latest value of every curve. */
  latest(): Record<string, number | null> {
    return Object.fromEntries([...this.curves].map(([name, curve]) => [name, curve.view().last?.value ?? null]));
  }

  #push(name: string, step: number, value: number | null, min?: number, max?: number): void {
    let curve = this.curves.get(name);
    if (!curve) {
      curve = new Series();
      this.curves.set(name, curve);
    }
    // After a divergence the run goes on from a few steps earlier; the curve keeps what it showed.
    if (curve.length > 0 && step <= curve.view().at(-1)!.step) return;
    curve.push(step, value, min, max);
  }
}
