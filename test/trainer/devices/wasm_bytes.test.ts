import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { differences } from '../../../src/trainer/measure/differences.ts';
import { rerun } from '../../../src/trainer/measure/rerun.ts';
import { startsBefore, stretchesTo } from '../../../src/trainer/measure/stretches.ts';
import { bytesOf } from '../steered.ts';
import { steps, trainedOnWasm } from './wasm_runs.ts';

/**
 * SHA-256 of parameters and optimizer slots at the end: the same on every version of Node, processor and system. They change
 * with the order of an operation, and then `emitterVersion` does.
 */
const ends = [
  ['yang-quick', '54e8679d45353b75161d31f117c7e39c35e62ee92c852e5a8ebd6ca98acb2670'],
  ['li-quick', '054a7915b756e70e7d4a4b18bb2a1692c9339028bf0fe9258eb11b77c2e1dc99'],
  ['a small decoder', '073a0b6d05b13982acf633cb81955250559d76638f102015fd47a58d2a149dea'],
] as const;

test.each(ends)('%s ends with the same bytes everywhere, and again from its journal', async (name, expected) => {
  const { snapshot, events } = await trainedOnWasm(name);
  expect(snapshot.step).toBe(steps);
  const bytes = JSON.stringify(bytesOf(snapshot));
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(expected);
  const starts = events.filter((event) => event.type === 'run_started');
  const stretches = stretchesTo(snapshot, startsBefore(starts, snapshot), 'test');
  expect(stretches.map(({ until, changes }) => [until, changes.length])).toEqual([[steps, 3]]);
  expect(differences(snapshot, await rerun(stretches, 'test'))).toEqual([]);
});
