import { type Series, type SeriesView, SmoothedSeries } from '../../../core/series.ts';
import { trainLoss } from '../../../metrics/shared.ts';
import type { Reads } from '../../state/model.ts';

/** Weight of the past with which a rough curve is smoothed unless a key says otherwise. */
const usual = 0.9;
/** Points from which, and of which the last, it is judged whether a curve is rough. */
const judged = { from: 20, last: 400 };
/** A curve is rough where so many of its points are 0, which a log axis has no place for, … */
const manyZeros = 0.02;
/** … or where half of its points differ from those before by more than this share of the larger. */
const largeJump = 0.3;

const found = new WeakMap<Series, { readonly length: number; readonly rough: boolean }>();

/** Weight of the past in the training curve: the one chosen, else as rough as the curve is found to be; 0 is raw. */
export function smoothingOf({ run, view }: Reads<'curves', 'smoothing'>): number {
  if (view.smoothing !== undefined) return view.smoothing;
  const curve = run.curves.get(trainLoss);
  return curve && isRough(curve) ? usual : 0;
}

/** Judged anew when the curve has grown by a tenth; what was rough once stays so, lest the picture change back and forth. */
function isRough(curve: Series): boolean {
  const known = found.get(curve);
  if (known && (known.rough || curve.length < 1.1 * known.length)) return known.rough;
  const rough = curve.length >= judged.from && looksRough(curve.view());
  found.set(curve, { length: curve.length, rough });
  return rough;
}

function looksRough(view: SeriesView): boolean {
  const values: number[] = [];
  for (let index = Math.max(0, view.length - judged.last); index < view.length; index++) {
    const { value } = view.at(index)!;
    if (Number.isFinite(value)) values.push(value);
  }
  const zeros = values.filter((value) => value === 0).length;
  const jumps = values.slice(1).map((value, index) => {
    const larger = Math.max(Math.abs(value), Math.abs(values[index]!));
    return larger > 0 ? Math.abs(value - values[index]!) / larger : 0;
  });
  jumps.sort((a, b) => a - b);
  return zeros > manyZeros * values.length || (jumps[jumps.length >> 1] ?? 0) > largeJump;
}

const smoothed = new WeakMap<Series, Map<number, SmoothedSeries>>();

/** The smoothed form of a series, kept while the series lives: it only ever takes in what is new. */
export function smoothedBy(series: Series, weight: number): SmoothedSeries {
  const known = smoothed.get(series) ?? new Map<number, SmoothedSeries>();
  smoothed.set(series, known);
  const hit = known.get(weight) ?? new SmoothedSeries(series, weight);
  known.set(weight, hit);
  return hit;
}
