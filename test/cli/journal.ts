import { readFileSync } from 'node:fs';
import type { RunEvent } from '../../src/protocol/events.ts';

/** The events of a journal whose trainer may be writing the next one: lines that are whole. Throws where one is no JSON. */
export function wholeEvents(path: string): RunEvent[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as RunEvent);
}
