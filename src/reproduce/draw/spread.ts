import { mean, std } from '../../core/stats.ts';
import type { Scale } from '../../plot/axes.ts';
import type { Point } from './collect.ts';

/**
 * A mean over seeds and one standard deviation on either side; on a log axis those of the logarithms, unless some value is not
 * positive: to leave it out would draw the mean too high, and for good where errors come to zero.
 */
export interface Spread {
  readonly x: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Points that have a place on the axis. */
export function spreadsOf(points: readonly Point[], scale: Scale): Spread[] {
  return points.flatMap(({ x, values }) => {
    const known = values.filter((value) => value !== null);
    const isLog = scale === 'log' && known.every((value) => value > 0);
    const [into, back] = isLog ? [Math.log, Math.exp] : [same, same];
    if (known.length === 0) return [];
    const placed = known.map(into);
    const [centre, deviation] = [mean(placed), std(placed) ?? 0];
    const [middle, low, high] = [centre, centre - deviation, centre + deviation].map(back) as [number, number, number];
    if (scale === 'log' && middle <= 0) return [];
    return [{ x, mean: middle, low: scale === 'log' ? Math.max(0, low) : low, high }];
  });
}

const same = (value: number): number => value;
