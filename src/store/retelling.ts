import type { Series } from '../core/series.ts';
import type { EventBody } from '../protocol/events.ts';

interface Line {
  readonly values: Record<string, number>;
  readonly min: Record<string, number>;
  readonly max: Record<string, number>;
}

/**
 * What memory still has of a run whose journal another program took away: its start, its curves, and what was done, in the
 * order of their steps. Readers take it as they take a run that goes on in its own folder.
 * @param deeds changes and snapshots since the start
 */
export function retelling(
  start: EventBody,
  curves: ReadonlyMap<string, Series>,
  deeds: readonly EventBody[],
): EventBody[] {
  const lines = new Map<number, Line>();
  for (const [name, curve] of curves) {
    const view = curve.view();
    for (let i = 0; i < view.length; i++) {
      const { step, value, min, max } = view.at(i)!;
      const line = lines.get(step) ?? { values: {}, min: {}, max: {} };
      lines.set(step, line);
      line.values[name] = value;
      line.min[name] = min;
      line.max[name] = max;
    }
  }
  const metrics = [...lines].map(([step, line]): EventBody => ({ type: 'metrics', step, ...line }));
  // What was done at a step comes after what was measured there.
  return [start, ...[...metrics, ...deeds].sort((a, b) => a.step - b.step)];
}
