import { expect, test } from 'vitest';
import { fewestRuns } from '../../src/trainer/session/tuning.ts';

test('updates are put into the fewest runs of a graph', () => {
  expect(fewestRuns(16, 10)).toBe(10);
  expect(fewestRuns(16, 32)).toBe(16);
  // 12 + 12 + 1, where 16 would leave nine single ones.
  expect(fewestRuns(16, 25)).toBe(12);
  expect(fewestRuns(16, 100)).toBe(14);
  expect(fewestRuns(7.9, 21)).toBe(7);
  expect(fewestRuns(0.2, 100)).toBe(1);
  expect(fewestRuns(16, 1)).toBe(1);
});

test('never more runs than with any other number of updates', () => {
  const runs = (unroll: number, updates: number) => Math.floor(updates / unroll) + (updates % unroll);
  for (let updates = 1; updates <= 300; updates++) {
    const chosen = fewestRuns(16, updates);
    expect(chosen).toBeLessThanOrEqual(16);
    for (let other = 1; other <= 16; other++) expect(runs(chosen, updates)).toBeLessThanOrEqual(runs(other, updates));
  }
});
