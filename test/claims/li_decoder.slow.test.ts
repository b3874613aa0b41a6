import { expect, test } from 'vitest';
import { decoderRun } from './li_decoder.ts';

test.each([0, 1, 2, 3, 4])('li-decoder generalises, seed %i', async (seed) => {
  const { unseen, short, long, bestHead, outOfDomain } = await decoderRun(seed);
  expect(unseen).toBeLessThanOrEqual(0.02);
  // Only for sums S1 ≥ 1: below, some seeds err and others do not.
  expect(Math.max(...outOfDomain)).toBeLessThanOrEqual(0.01);
  expect(bestHead).toBeGreaterThanOrEqual(0.5);
  expect(short).toBeGreaterThan(2 * long);
});
