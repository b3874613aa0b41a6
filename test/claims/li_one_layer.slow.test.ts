import { expect, test } from 'vitest';
import { learnsFromMatchingContexts, logLogSlope, stepsToLearn } from './li_one_layer.ts';

learnsFromMatchingContexts([3, 4, 5, 6]);

test.each([0, 1, 2])('steps to learn against α from 0.2 to 1, seed %i', async (seed) => {
  const points: [number, number][] = [];
  for (const alpha of [0.2, 0.3, 0.4, 0.6, 0.8, 1]) points.push([alpha, await stepsToLearn(alpha, seed)]);
  console.log(`seed ${seed}: ${JSON.stringify(points)}, slope ${logLogSlope(points)}`);
  expect(logLogSlope(points)).toBeGreaterThan(-1.1);
  expect(logLogSlope(points)).toBeLessThan(-0.5);
});
