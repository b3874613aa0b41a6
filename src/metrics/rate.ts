import type { Series, SeriesView } from '../core/series.ts';
import { gapNames } from './shared.ts';

/** The curve whose rate tells how fast training comes to its floor. */
export function gapCurve(curves: ReadonlyMap<string, Series>): Series | undefined {
  const name = gapNames.find((one) => curves.has(one));
  return name === undefined ? undefined : curves.get(name);
}

/** A geometric decay, fitted to part of a curve. */
export interface FittedRate {
  /** Factor on the value in one step; below 1 when it falls. */
  readonly factor: number;
  /** What the fit says of the last step of the part. */
  readonly value: number;
  /** First and last step of the part. */
  readonly from: number;
  readonly to: number;
}

/** Fewer points than this are no trend. */
const leastPoints = 3;

/**
 * Factor by which a curve shrinks in one step: the exponential of the slope of the least-squares line through
 * (step, log value) over the last half of the steps, every recorded point with the same weight. Points that are not
 * positive have no logarithm and are left out. A learning rate that decays makes the last half slower than the first; the
 * figure then says how fast the curve falls now, not how fast it could.
 *
 * @returns undefined with fewer than three points
 */
export function fittedRate(curve: SeriesView): FittedRate | undefined {
  const end = curve.last;
  if (!end) return undefined;
  const steps: number[] = [];
  const logarithms: number[] = [];
  for (let i = curve.indexOf(end.step / 2); i < curve.length; i++) {
    const { step, value } = curve.at(i)!;
    if (!(value > 0)) continue;
    steps.push(step);
    logarithms.push(Math.log(value));
  }
  if (steps.length < leastPoints || steps[0] === steps.at(-1)) return undefined;
  const [from, to] = [steps[0]!, steps.at(-1)!];
  const { slope, centreX, centreY } = line(steps, logarithms);
  return { factor: Math.exp(slope), value: Math.exp(centreY + slope * (to - centreX)), from, to };
}

/** The least-squares line of y on x: its slope, and the means through which it goes. */
function line(x: readonly number[], y: readonly number[]): { slope: number; centreX: number; centreY: number } {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [centreX, centreY] = [mean(x), mean(y)];
  let covariance = 0;
  let variance = 0;
  for (let i = 0; i < x.length; i++) {
    covariance += (x[i]! - centreX) * (y[i]! - centreY);
    variance += (x[i]! - centreX) * (x[i]! - centreX);
  }
  return { slope: covariance / variance, centreX, centreY };
}
