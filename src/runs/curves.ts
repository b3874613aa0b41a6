import { continues, Series } from '../core/series.ts';
import type { Numbers } from '../protocol/events.ts';

/** Curves by metric with the values of one more step, and their extremes over the steps it stands for; grown in place. */
export function extendCurves(
  curves: ReadonlyMap<string, Series>,
  step: number,
  values: Numbers,
  min?: Numbers,
  max?: Numbers,
): ReadonlyMap<string, Series> {
  let grown = curves;
  for (const name in values) {
    let curve = grown.get(name);
    if (!curve) {
      curve = new Series();
      grown = new Map([...grown, [name, curve]]);
    }
    const value = values[name]!;
    if (!continues(curve, step, value)) continue;
    curve.push(step, value, min?.[name], max?.[name]);
  }
  return grown;
}
