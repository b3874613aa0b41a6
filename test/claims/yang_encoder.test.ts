import { expect, test, vi } from 'vitest';
import { figure2b } from './yang_encoder.ts';

// Training takes a while where other jobs share the cores.
vi.setConfig({ testTimeout: 240_000 });

test('yang-fig2b-small in 300 steps: on the way to the ridge limit, in-domain first', async () => {
  const { left, inDomainFall, outOfDomainFall, above } = await figure2b({ seed: 0, 'train.steps': 300 });
  expect(left).toBeLessThan(0.05);
  expect(inDomainFall).toBeGreaterThan(20);
  expect(outOfDomainFall).toBeGreaterThan(2);
  expect(above).toBeGreaterThan(5);
});
