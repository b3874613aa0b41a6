import { expect, test, vi } from 'vitest';
import { decoderRun } from './li_decoder.ts';

// Training takes a while where other jobs share the cores.
vi.setConfig({ testTimeout: 240_000 });

test('a decoder learns unseen tasks and out-of-domain patterns, with heads on matching contexts', async () => {
  const { unseen, short, long, bestHead, outOfDomain } = await decoderRun(0);
  expect(unseen).toBeLessThanOrEqual(0.02);
  expect(Math.max(...outOfDomain)).toBeLessThanOrEqual(0.01);
  expect(bestHead).toBeGreaterThanOrEqual(0.5);
  expect(short).toBeGreaterThan(2 * long);
});
