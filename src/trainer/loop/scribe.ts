import { continues, Series } from '../../core/series.ts';
import type { Estimate, EventBody } from '../../protocol/events.ts';

type Estimates = Readonly<Record<string, Estimate>>;
type Scalars = Readonly<Record<string, ArrayLike<number>>>;

/** Up to about this step every step is journalled; later lines stand for about one in this many of the steps so far. */
const detail = 1000;

/** Steps that a `metrics` line at `step` stands for: 1, 2, 5, 10, 20, 50 …, at most step / 1000. */
function cadenceAt(step: number): number {
  let cadence = 1;
  for (let decade = 1; ; decade *= 10) {
    for (const factor of [1, 2, 5]) {
      if (factor * decade * detail > step) return cadence;
      cadence = factor * decade;
    }
  }
}

/**
 * Turns the scalars of updates into journal lines. Lines fall on multiples of a cadence that grows with the step,
 * whatever the unrolling, and carry the last value with the extremes of the steps they stand for: a run of 10⁶ steps has
 * 9,000 lines, its beginning in full. Keeps every curve for snapshots.
 */
export class Scribe {
  readonly curves: Map<string, Series>;
  readonly #emit: (body: EventBody) => void;
  #pending: Record<string, number>[] = [];

  constructor(curves: Map<string, Series>, emit: (body: EventBody) => void) {
    this.curves = curves;
    this.#emit = emit;
  }

  /** Whether every update is in a line. */
  get isWhole(): boolean {
    return this.#pending.length === 0;
  }

  /** Records updates `first + 1 …`, one per entry of each scalar. */
  updates(first: number, scalars: Scalars): void {
    const names = Object.keys(scalars);
    const count = scalars[names[0]!]?.length ?? 0;
    for (let i = 0; i < count; i++) {
      this.#pending.push(Object.fromEntries(names.map((name) => [name, scalars[name]![i]!])));
      const step = first + i + 1;
      if (step % cadenceAt(step) === 0) this.close(step);
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

  /** @param intact of the whole model, where a probe bends the values; curves are of the model that is trained */
  evaluated(step: number, values: Estimates, intact?: Estimates): void {
    for (const [name, value] of Object.entries(intact ?? values)) this.#push(name, step, value.mean);
    this.#emit({ type: 'evaluated', step, values, ...(intact && { intact }) });
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
    if (!continues(curve, step, value)) return;
    curve.push(step, value, min, max);
  }
}
