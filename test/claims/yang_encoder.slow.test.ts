import { expect, test } from 'vitest';
import { figure2b } from './yang_encoder.ts';

test.each([0, 1, 2])('yang-fig2b-small comes to the ridge limit, seed %i', async (seed) => {
  const { left, inDomainFall, outOfDomainFall, above, seconds } = await figure2b({ seed });
  expect(left).toBeLessThan(0.01);
  expect(inDomainFall).toBeGreaterThan(100);
  // Layer norm does not extrapolate to task vectors of twice the scale.
  expect(outOfDomainFall).toBeGreaterThan(5);
  expect(above).toBeGreaterThan(30);
  expect(seconds).toBeLessThan(120);
});
