import { Series } from './series.ts';
import { mean, std } from './stats.ts';

/** A curve over several runs: their mean, and one sample standard deviation on either side. */
export interface Band {
  readonly middle: Series;
  /** No lower than the lowest run, as losses stay positive. */
  readonly low: Series;
  readonly high: Series;
  /** Curves that it is of. */
  readonly count: number;
  /** The last step at which more than one of several curves has a value; −∞ where there is none, +∞ for a single curve. */
  readonly together: number;
}

/**
 * The band of curves at the steps at which all have a value that go so far. Where some end, or have not come so far, it goes
 * on over the others, after a gap, as their mean is another. Of one curve it is the curve.
 */
export function bandOf(curves: readonly Series[]): Band {
  const band = { middle: new Series(), low: new Series(), high: new Series(), count: curves.length };
  let together = curves.length === 1 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  const known = curves.map((curve) => ({ end: curve.lastStep, values: valuesOf(curve) }));
  const steps = [...new Set(known.flatMap(({ values }) => [...values.keys()]))].sort((a, b) => a - b);
  let before = 0;
  for (const step of steps) {
    const going = known.filter(({ end }) => end >= step);
    const there = going.flatMap(({ values }) => values.get(step) ?? []);
    if (there.length < going.length) continue;
    if (there.length < before) for (const one of [band.middle, band.low, band.high]) one.push(step, null);
    before = there.length;
    if (there.length > 1) together = step;
    const [centre, deviation] = [mean(there), std(there) ?? 0];
    band.middle.push(step, centre);
    band.low.push(step, lowEnd(centre, deviation, Math.min(...there)));
    band.high.push(step, centre + deviation);
  }
  return { ...band, together };
}

/** Where a band below a mean ends: a standard deviation lower, but not below the lowest value. */
export function lowEnd(mean: number, sd: number, lowest: number): number {
  return Math.max(mean - sd, lowest);
}

/** Step → its last value; without gaps. */
function valuesOf(curve: Series): Map<number, number> {
  const view = curve.view();
  const points = Array.from({ length: view.length }, (_, i) => view.at(i)!);
  return new Map(points.filter(({ value }) => Number.isFinite(value)).map(({ step, value }) => [step, value]));
}
