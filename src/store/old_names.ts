import { knownMeasures } from '../models/known/measures.ts';
import type { Numbers, RunEvent } from '../protocol/events.ts';
import { measuresIn } from '../protocol/measures.ts';

/**
 * An event of another version as it would be told here. The gap of training was called like the evaluated one once, and
 * runs did not say what they measure: that is taken to be what all tasks and models known here say.
 */
export function asToldToday(event: RunEvent): RunEvent {
  if (event.type === 'run_started' && !measuresIn(event)) return { ...event, measures: knownMeasures() };
  if (event.type !== 'metrics' || !Object.hasOwn(event.values, 'gap')) return event;
  const { values, min, max } = event;
  return { ...event, values: renamed(values), ...(min && { min: renamed(min) }), ...(max && { max: renamed(max) }) };
}

function renamed({ gap, ...others }: Numbers): Numbers {
  return gap === undefined ? others : { ...others, train_gap: gap };
}
