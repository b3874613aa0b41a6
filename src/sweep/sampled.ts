import { type Band, lowEnd } from '../core/band.ts';
import { Series } from '../core/series.ts';
import { mean, std } from '../core/stats.ts';
import type { HistoryColumns } from '../snapshots/history.ts';

/** Stretches of training that curves are kept at for pictures: more than a small chart has columns of dots. */
const samples = 240;

/** A curve of a cell for pictures: the last value in each of equal stretches of its training; NaN where none lies. */
export type Sampled = Float32Array;

/** Curves by metric, as values come. */
export class SampledCurves {
  readonly curves = new Map<string, Sampled>();
  /** The last values, as they were measured. */
  readonly last = new Map<string, number>();
  readonly #steps: number;

  /** @param steps total steps of the training */
  constructor(steps: number) {
    this.#steps = steps;
  }

  put(metric: string, step: number, value: number | null): void {
    // Members of families, such as the error at every number of examples, have no curve of their own here.
    if (value === null || !Number.isFinite(value) || metric.includes('/')) return;
    const curve = this.curves.get(metric) ?? new Float32Array(samples).fill(Number.NaN);
    this.curves.set(metric, curve);
    curve[this.#placeOf(step)] = value;
    this.last.set(metric, value);
  }

  /** Forgets what came after a step, from which the training went on anew. */
  goBackTo(step: number): void {
    for (const curve of this.curves.values()) curve.fill(Number.NaN, this.#placeOf(step) + 1);
  }

  #placeOf(step: number): number {
    return Math.max(0, Math.min(samples - 1, Math.floor((samples * step) / Math.max(1, this.#steps))));
  }
}

/** Curves as a snapshot keeps them. */
export function sampledFrom(history: Readonly<Record<string, HistoryColumns>>, steps: number): SampledCurves {
  const kept = new SampledCurves(steps);
  for (const [metric, { step, last }] of Object.entries(history)) {
    for (let i = 0; i < step.length; i++) kept.put(metric, step[i]!, last[i]!);
  }
  return kept;
}

type MeanBand = Omit<Band, 'together'>;

/**
 * Mean of curves and one sample standard deviation on either side, as `bandOf` has them of whole ones: where some end, or
 * have not come so far, over the others, after a gap. Each value stands at the step at which its stretch begins.
 */
export function bandOfSampled(curves: readonly Sampled[], steps: number): MeanBand {
  const band: MeanBand = { middle: new Series(), low: new Series(), high: new Series(), count: curves.length };
  const ends = curves.map(endOf);
  let before = 0;
  for (let place = 0; place < samples; place++) {
    const going = curves.filter((_, i) => ends[i]! >= place);
    const there = going.map((curve) => curve[place]!);
    if (there.length === 0 || there.some(Number.isNaN)) continue;
    const step = Math.round((place * steps) / (samples - 1));
    if (there.length < before) for (const one of [band.middle, band.low, band.high]) one.push(step, null);
    before = there.length;
    const [centre, deviation] = [mean(there), std(there) ?? 0];
    band.middle.push(step, centre);
    band.low.push(step, lowEnd(centre, deviation, Math.min(...there)));
    band.high.push(step, centre + deviation);
  }
  return band;
}

/** Whether the last values of curves lie in different stretches of the training: a mean over them is of none of its steps. */
export function endApart(curves: readonly Sampled[]): boolean {
  return new Set(curves.map(endOf)).size > 1;
}

const endOf = (curve: Sampled): number => curve.findLastIndex((value) => !Number.isNaN(value));
