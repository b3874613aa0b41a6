import { isRunEvent } from '../protocol/event_check.ts';
import type { RunEvent } from '../protocol/events.ts';
import { asToldToday } from './old_names.ts';

/** Longest line that is read, in bytes. */
export const longestLine = 16 * 2 ** 20;

/** The event of a journal's line, as it would be told today; or what is wrong with it. */
export function eventIn(line: string): RunEvent | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'not JSON';
  }
  return isRunEvent(value) ? asToldToday(value) : 'not an event of a run';
}

/** The events of lines, without those that are none. */
export function eventsIn(lines: readonly string[]): RunEvent[] {
  return lines.map(eventIn).filter((event) => typeof event !== 'string');
}
