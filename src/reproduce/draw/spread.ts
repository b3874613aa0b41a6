import { mean, std } from '../../core/stats.ts';
import type { Scale } from '../../plot/axes.ts';
import type { Point } from './collect.ts';

/** A mean over seeds and one standard deviation on either side; on a log axis those of the logarithms. */
export interface Spread {
  readonly x: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Points that have a place on the axis. */
export function spreadsOf(points: readonly Point[], scale: Scale): Spread[] {
  const [into, back] = scale === 'log' ? [Math.log, Math.exp] : [same, same];
  return points.flatMap(({ x, values }) => {
    const known = values.filter((value): value is number => value !== null && (scale === 'linear' || value > 0));
    if (known.length === 0) return [];
    const placed = known.map(into);
    const [centre, deviation] = [mean(placed), std(placed) ?? 0];
    return [{ x, mean: back(centre), low: back(centre - deviation), high: back(centre + deviation) }];
  });
}

const same = (value: number): number => value;
